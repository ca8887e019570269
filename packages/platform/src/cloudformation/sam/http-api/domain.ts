import { get, isGiven, isMap, type Value, type ValueMap } from "../../value.ts";
import { invalidResource } from "../errors.ts";
import { type GeneratedResource, generated } from "../generated-resource.ts";
import { ref } from "../intrinsic-forms.ts";
import { hashedId } from "../logical-id.ts";
import { addRecordSets } from "../record-sets.ts";
import type { HttpApiSource } from "./http-api.ts";

const trustStoreKeys = ["TruststoreUri", "TruststoreVersion"];
const trustStoreText = "['TruststoreUri', 'TruststoreVersion']";

/**
 * The custom domain of an HTTP API, its mapping to the stage and its DNS records.
 *
 * @throws {SamError} if the domain lacks what it needs.
 */
export function httpDomain(api: HttpApiSource): GeneratedResource[] {
  const domain = get(api.properties, "Domain") ?? undefined;
  if (domain === undefined) return [];
  const name = get(domain, "DomainName") ?? undefined;
  const certificate = get(domain, "CertificateArn") ?? undefined;
  if (!isMap(domain) || name === undefined || certificate === undefined) {
    throw invalidResource(
      api.logicalId,
      "Custom Domains only works if both DomainName and CertificateArn are provided.",
    );
  }
  const id = hashedId("ApiGatewayDomainNameV2", name);
  const endpoint = get(domain, "EndpointConfiguration") ?? "REGIONAL";
  if (endpoint !== "REGIONAL") {
    throw invalidResource(
      api.logicalId,
      "EndpointConfiguration for Custom Domains must be one of ['REGIONAL'].",
    );
  }
  const configuration: ValueMap = { CertificateArn: certificate, EndpointType: endpoint };
  for (const optional of ["OwnershipVerificationCertificateArn", "SecurityPolicy"]) {
    const value = get(domain, optional);
    if (isGiven(value)) configuration[optional] = value;
  }
  const resource = generated(
    id,
    "AWS::ApiGatewayV2::DomainName",
    {
      DomainName: name,
      DomainNameConfigurations: [configuration],
      Tags: { "httpapi:createdBy": "SAM" },
      MutualTlsAuthentication: mutualTls(api, get(domain, "MutualTlsAuthentication")),
    },
    api.attributes,
  );
  const mappings = apiMappings(api, id, get(domain, "BasePath"));
  return [resource, ...mappings, ...addRecordSets(api, { config: domain, name, endpoint, aliasOf: id })];
}

function mutualTls(api: HttpApiSource, tls: Value | undefined): ValueMap | undefined {
  if (!isGiven(tls)) return undefined;
  if (!isMap(tls)) {
    throw invalidResource(
      api.logicalId,
      `MutualTlsAuthentication must be a map with at least one of the following fields ${trustStoreText}.`,
    );
  }
  const unknown = Object.keys(tls).filter((key) => !trustStoreKeys.includes(key));
  if (unknown.length > 0) {
    // The translator blames the fields instead of the API.
    throw invalidResource(
      unknown.sort().join(","),
      `Available MutualTlsAuthentication fields are ${trustStoreText}.`,
    );
  }
  const result: ValueMap = {};
  for (const key of trustStoreKeys) {
    const value = get(tls, key);
    if (isGiven(value)) result[key] = value;
  }
  return result;
}

function apiMappings(api: HttpApiSource, domainId: string, basePath: Value | undefined): GeneratedResource[] {
  const mapping = (logicalId: string, key: string | undefined): GeneratedResource =>
    generated(
      logicalId,
      "AWS::ApiGatewayV2::ApiMapping",
      {
        DomainName: ref(domainId),
        ApiId: ref(api.logicalId),
        Stage: ref(`${api.logicalId}.Stage`),
        ApiMappingKey: key,
      },
      api.attributes,
    );
  const isList = Array.isArray(basePath);
  if (!isGiven(basePath) || (typeof basePath !== "string" && !isList)) {
    return [mapping(`${api.logicalId}ApiMapping`, undefined)];
  }
  return (isList ? basePath : [basePath]).map((path) => {
    if (typeof path !== "string") throw invalidResource(api.logicalId, "Basepath must be a string.");
    if (/[^0-9a-zA-Z/\-_]/.test(path))
      throw invalidResource(api.logicalId, "Invalid Basepath name provided.");
    const key = path.replace(/^\/+|\/+$/g, "");
    return mapping(`${api.logicalId}${path.replace(/[-_/]+/g, "")}ApiMapping`, key);
  });
}
