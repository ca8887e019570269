import { get, has, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { type GeneratedResource, generated } from "../generated-resource.ts";
import { ref } from "../intrinsic-forms.ts";
import { hashedId } from "../logical-id.ts";
import { expectGiven, expectMap, expectStrings } from "../property-schema.ts";
import { addRecordSets } from "../record-sets.ts";
import type { RestApiSource } from "./rest-api.ts";

const endpointTypes = ["EDGE", "REGIONAL", "PRIVATE"];

/**
 * The custom domain of a REST API, its mapping to the stage and its DNS records.
 *
 * @throws {SamError} if the domain lacks what it needs.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-domainconfiguration.html
 */
export function restDomain(api: RestApiSource): GeneratedResource[] {
  const given = get(api.properties, "Domain") ?? undefined;
  if (given === undefined) return [];
  const domain = expectMap(given, { id: api.logicalId }, "Domain");
  return get(domain, "EndpointConfiguration") === "PRIVATE"
    ? privateDomain(api, domain)
    : publicDomain(api, domain);
}

function publicDomain(api: RestApiSource, domain: ValueMap): GeneratedResource[] {
  const { name, certificate } = nameAndCertificate(api, domain);
  const id = hashedId("ApiGatewayDomainName", name);
  refuseProperty(domain, "Policy", id, "AWS::ApiGateway::DomainName");
  const endpoint = endpointType(api, get(domain, "EndpointConfiguration") ?? "REGIONAL");
  const tls = mutualTls(api, get(domain, "MutualTlsAuthentication"));
  const resource = generated(
    id,
    "AWS::ApiGateway::DomainName",
    {
      DomainName: name,
      [endpoint === "REGIONAL" ? "RegionalCertificateArn" : "CertificateArn"]: certificate,
      EndpointConfiguration: endpointConfiguration(domain, endpoint),
      MutualTlsAuthentication: tls,
      ...optional(domain, ["SecurityPolicy", "EndpointAccessMode", "OwnershipVerificationCertificateArn"]),
    },
    api.attributes,
  );
  const paths = basePaths(api, domain);
  const mappings =
    paths === undefined
      ? [mapping(api, `${api.logicalId}BasePathMapping`, "", { DomainName: ref(id) }, undefined)]
      : paths.map(({ logicalId, path }) => mapping(api, logicalId, "", { DomainName: ref(id) }, path));
  // What the transform learns about the domain is part of what makes a new deployment.
  api.properties["Domain"] = { ...domain, ApiDomainName: id, EndpointConfiguration: endpoint };
  const records = addRecordSets(api, { config: domain, name, endpoint, aliasOf: id });
  return [resource, ...mappings, ...records];
}

function privateDomain(api: RestApiSource, domain: ValueMap): GeneratedResource[] {
  const { name, certificate } = nameAndCertificate(api, domain);
  const id = hashedId("ApiGatewayDomainNameV2", name);
  refuseProperty(domain, "OwnershipVerificationCertificateArn", id, "AWS::ApiGateway::DomainNameV2");
  const arn = { DomainNameArn: ref(id) };
  const resource = generated(
    id,
    "AWS::ApiGateway::DomainNameV2",
    {
      DomainName: name,
      CertificateArn: certificate,
      EndpointConfiguration: endpointConfiguration(domain, "PRIVATE"),
      ...optional(domain, ["SecurityPolicy", "EndpointAccessMode", "Policy"]),
    },
    api.attributes,
  );
  const paths = basePaths(api, domain);
  const mappings =
    paths === undefined
      ? [mapping(api, `${api.logicalId}BasePathMapping`, "V2", arn, undefined)]
      : paths.map(({ logicalId, path }) => mapping(api, logicalId, "V2", arn, path));
  const association = accessAssociation(api, get(domain, "AccessAssociation") ?? undefined, id);
  // The records of a private domain are aliases of a VPC endpoint; the translator keys them by the domain's name.
  const records = addRecordSets(api, { config: domain, name, endpoint: "PRIVATE", aliasOf: name });
  return [resource, ...mappings, ...records, ...association];
}

function nameAndCertificate(api: RestApiSource, domain: ValueMap): { name: Value; certificate: Value } {
  const subject = { id: api.logicalId };
  return {
    name: expectGiven(get(domain, "DomainName"), subject, "Domain.DomainName"),
    certificate: expectGiven(get(domain, "CertificateArn"), subject, "Domain.CertificateArn"),
  };
}

function endpointType(api: RestApiSource, type: Value): Value {
  if (typeof type === "string" && endpointTypes.includes(type)) return type;
  throw invalidResource(
    api.logicalId,
    "EndpointConfiguration for Custom Domains must be one of ['EDGE', 'REGIONAL', 'PRIVATE'].",
  );
}

/** Domain names of either kind lack a property that the other has. */
function refuseProperty(domain: ValueMap, name: string, id: string, type: string): void {
  if (!isGiven(get(domain, name))) return;
  throw invalidResource(id, `property ${name} not defined for resource of type ${type}`);
}

function endpointConfiguration(domain: ValueMap, type: Value): ValueMap {
  return { Types: [type], ...optional(domain, ["IpAddressType"]) };
}

function mutualTls(api: RestApiSource, given: Value | undefined): ValueMap | undefined {
  if (!isGiven(given)) return undefined;
  const tls = expectMap(given, { id: api.logicalId }, "Domain.MutualTlsAuthentication");
  if (!Object.keys(tls).every((key) => key === "TruststoreUri" || key === "TruststoreVersion")) {
    throw invalidResource(
      api.logicalId,
      "Available Domain.MutualTlsAuthentication fields are ['TruststoreUri', 'TruststoreVersion'].",
    );
  }
  return optional(tls, ["TruststoreUri", "TruststoreVersion"]);
}

function basePaths(api: RestApiSource, domain: ValueMap): { logicalId: string; path: string }[] | undefined {
  const given = get(domain, "BasePath");
  if (!isGiven(given) || (typeof given !== "string" && !Array.isArray(given))) return undefined;
  const paths = expectStrings(
    Array.isArray(given) ? given : [given],
    { id: api.logicalId },
    "Domain.BasePath",
  );
  const isNormalized = !has(domain, "NormalizeBasePath") || isGiven(get(domain, "NormalizeBasePath"));
  return paths.map((path) => {
    const letters = path.replace(/[^\p{L}\p{N}]/gu, "");
    return { logicalId: `${api.logicalId}${letters}BasePathMapping`, path: isNormalized ? letters : path };
  });
}

function mapping(
  api: RestApiSource,
  logicalId: string,
  version: "" | "V2",
  domain: ValueMap,
  path: string | undefined,
): GeneratedResource {
  return generated(
    logicalId,
    `AWS::ApiGateway::BasePathMapping${version}`,
    { ...domain, RestApiId: ref(api.logicalId), Stage: ref(`${api.logicalId}.Stage`), BasePath: path },
    api.attributes,
  );
}

function accessAssociation(
  api: RestApiSource,
  given: Value | undefined,
  domainId: string,
): GeneratedResource[] {
  if (given === undefined) return [];
  if (!isMap(given))
    throw invalidResource(api.logicalId, "Property 'Domain.AccessAssociation' should be a map.");
  const endpoint = get(given, "VpcEndpointId") ?? null;
  return [
    generated(
      hashedId("DomainNameAccessAssociation", [endpoint, domainId]),
      "AWS::ApiGateway::DomainNameAccessAssociation",
      {
        DomainNameArn: ref(domainId),
        AccessAssociationSourceType: "VPCE",
        AccessAssociationSource: endpoint,
      },
      api.attributes,
    ),
  ];
}

function optional(map: ValueMap, names: readonly string[]): ValueMap {
  const result: ValueMap = {};
  for (const name of names) {
    const value = get(map, name);
    if (isGiven(value)) result[name] = value;
  }
  return result;
}
