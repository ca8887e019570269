import { referencesIn } from "../intrinsics/references.ts";
import { get, type Value } from "../value.ts";
import type { Check } from "./check.ts";
import { bodyOf } from "./integrations.ts";

/**
 * Deployments of REST APIs that may come before the methods that they are to have: a deployment is of what is there, and
 * CloudFormation makes resources in any order that their references leave it.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
 */
export function checkDeployments(check: Check): void {
  const methods = check.resources("AWS::ApiGateway::Method");
  const apis = new Map(check.resources("AWS::ApiGateway::RestApi"));
  for (const [id, deployment] of check.resources("AWS::ApiGateway::Deployment")) {
    const apiId = apiOf(deployment);
    const api = apiId === undefined ? undefined : apis.get(apiId);
    if (apiId === undefined || api === undefined) continue;
    const own = methods.filter(([, method]) => apiOf(method) === apiId).map(([methodId]) => methodId);
    const hasBody =
      bodyOf(apiId, api) !== undefined || get(api, "Properties", "BodyS3Location") !== undefined;
    if (own.length === 0 && !hasBody) {
      check.report(["Resources", id], {
        severity: "error",
        code: "deployment-without-methods",
        message: `\`${id}\` deploys \`${apiId}\`, to which the template gives no method. API Gateway answers \`The REST API doesn't contain any methods\` and the stack fails.`,
        hint: `Add an \`AWS::ApiGateway::Method\` with \`RestApiId: !Ref ${apiId}\`, or give \`${apiId}\` a \`Body\`.`,
      });
      continue;
    }
    const before = needs(check, id);
    const loose = own.filter((methodId) => !before.has(methodId));
    if (loose.length === 0) continue;
    check.report(["Resources", id], {
      severity: "warning",
      code: "deployment-order",
      message: `\`${id}\` does not wait for ${loose.map((each) => `\`${each}\``).join(", ")}: CloudFormation may deploy the API before it has them, and they are missing until the next deployment. Here they are there.`,
      hint: `Write \`DependsOn: [${loose.join(", ")}]\` on \`${id}\`.`,
    });
  }
}

function apiOf(resource: Value): string | undefined {
  return referencesIn(get(resource, "Properties", "RestApiId"))[0]?.name;
}

/** All that is made before a resource. */
function needs(check: Check, id: string): ReadonlySet<string> {
  const resources = get(check.template, "Resources");
  const found = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const resource = get(resources, next);
    const explicit = get(resource, "DependsOn");
    const named = [explicit].flat().filter((each): each is string => typeof each === "string");
    const implied = referencesIn(get(resource, "Properties")).map(({ name }) => name);
    for (const each of [...named, ...implied]) {
      if (found.has(each)) continue;
      found.add(each);
      open.push(each);
    }
  }
  return found;
}
