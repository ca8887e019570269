import { get, has, isGiven, type Value, type ValueMap } from "../value.ts";
import { invalidResource } from "./errors.ts";
import { type GeneratedResource, generated } from "./generated-resource.ts";
import { getAtt } from "./intrinsic-forms.ts";
import { hashedId } from "./logical-id.ts";
import { expectBoolean, expectMap } from "./property-schema.ts";
import type { TransformContext } from "./types.ts";

/** A custom domain that may have records in Route 53. */
export interface RecordedDomain {
  /** What the template says under `Domain`. */
  readonly config: ValueMap;
  readonly name: Value;
  /** `REGIONAL`, `EDGE` or `PRIVATE`. */
  readonly endpoint: Value;
  /** The logical id of the domain name that the records are aliases of. */
  readonly aliasOf: Value;
}

/** Where the domain's API is. */
interface Owner {
  readonly logicalId: string;
  readonly attributes: ValueMap;
  readonly context: TransformContext;
}

const groupType = "AWS::Route53::RecordSetGroup";
/** The hosted zone of every edge-optimized domain name. */
const cloudFrontZoneId = "Z2FDTNDATAQYW2";

/**
 * The record set group for `Domain.Route53`: one for each hosted zone, which all domains in that zone share, unless the
 * domain is to have one of its own.
 */
export function addRecordSets(owner: Owner, domain: RecordedDomain): GeneratedResource[] {
  const given = get(domain.config, "Route53") ?? undefined;
  if (given === undefined) return [];
  const subject = { id: owner.logicalId };
  const route53 = expectMap(given, subject, "Domain.Route53");
  const zoneId = get(route53, "HostedZoneId") ?? undefined;
  const zoneName = get(route53, "HostedZoneName") ?? undefined;
  if (zoneId === undefined && zoneName === undefined) {
    throw invalidResource(
      owner.logicalId,
      "HostedZoneId or HostedZoneName is required to enable Route53 support on Custom Domains.",
    );
  }
  const zone = isGiven(zoneId) ? zoneId : (zoneName ?? null);
  const separate = get(route53, "SeparateRecordSetGroup");
  if (isGiven(separate)) {
    expectBoolean(separate, subject, "Domain.Route53.SeparateRecordSetGroup");
    const id = hashedId("RecordSetGroup", [zone, domain.name]);
    const zones = { HostedZoneId: zoneId, HostedZoneName: zoneName };
    return [
      generated(id, groupType, { ...zones, RecordSets: recordSets(domain, route53) }, owner.attributes),
    ];
  }
  const id = hashedId("RecordSetGroup", zone);
  const { recordSetGroups } = owner.context;
  const group = recordSetGroups.get(id) ?? emptyGroup(id, route53, owner.attributes);
  recordSetGroups.set(id, group);
  const existing = group.properties["RecordSets"];
  const all = [...(Array.isArray(existing) ? existing : []), ...recordSets(domain, route53)];
  group.properties = { ...group.properties, RecordSets: all };
  return [group];
}

function emptyGroup(id: string, route53: ValueMap, attributes: ValueMap): GeneratedResource {
  const zones: Record<string, Value | undefined> = {};
  for (const name of ["HostedZoneId", "HostedZoneName"]) {
    if (has(route53, name)) zones[name] = get(route53, name);
  }
  return generated(id, groupType, { ...zones, RecordSets: [] }, attributes);
}

function recordSets(domain: RecordedDomain, route53: ValueMap): ValueMap[] {
  const types = get(route53, "IpV6") === true ? ["A", "AAAA"] : ["A"];
  return types.map((type) => {
    const record: ValueMap = { Name: domain.name, Type: type, AliasTarget: aliasTarget(domain, route53) };
    for (const name of ["Region", "SetIdentifier"]) {
      const value = get(route53, name) ?? undefined;
      if (value !== undefined) record[name] = value;
    }
    return record;
  });
}

function aliasTarget({ endpoint, aliasOf }: RecordedDomain, route53: ValueMap): ValueMap {
  const target: ValueMap = {};
  const health = get(route53, "EvaluateTargetHealth") ?? undefined;
  if (health !== undefined) target["EvaluateTargetHealth"] = health;
  const attribute = (name: string): ValueMap => getAtt(String(aliasOf), name);
  if (endpoint === "REGIONAL") {
    return {
      ...target,
      HostedZoneId: attribute("RegionalHostedZoneId"),
      DNSName: attribute("RegionalDomainName"),
    };
  }
  if (endpoint === "EDGE") {
    const distribution = get(route53, "DistributionDomainName") ?? attribute("DistributionDomainName");
    return { ...target, HostedZoneId: cloudFrontZoneId, DNSName: distribution };
  }
  return {
    ...target,
    HostedZoneId: get(route53, "VpcEndpointHostedZoneId") ?? null,
    DNSName: get(route53, "VpcEndpointDomainName") ?? null,
  };
}
