import type { StackModel } from "./stack-model.ts";

/**
 * Settings of stages for methods that their APIs do not have: what was to be throttled or logged is not.
 * @see https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
 */
export function findUnmatchedSettings({
  stages,
  apis,
}: StackModel): { readonly logicalId: string; readonly message: string }[] {
  return stages.flatMap(({ apiId, name, methodSettings }) => {
    const found = apis.get(apiId);
    if (found === undefined) return [];
    const { logicalId, api } = found;
    return methodSettings.flatMap(({ resourcePath, httpMethod }) => {
      if (resourcePath === "*") return [];
      const resource = api.resources.find(({ path }) => path === resourcePath);
      const methods = [...(resource?.methods.keys() ?? []), ...(resource?.unserved.keys() ?? [])];
      if (methods.length > 0 && (httpMethod === "*" || methods.includes(httpMethod))) return [];
      const what = methods.length === 0 ? "path" : "method";
      const has = methods.length === 0 ? "" : ` It has ${methods.join(", ")} there.`;
      const message = `MethodSettings of the stage ${name} are for ${httpMethod} ${resourcePath}, and the API has no such ${what}: they hold for nothing.${has}`;
      return [{ logicalId, message }];
    });
  });
}
