import type * as client from "@aws-sdk/client-api-gateway";
import type { OperationsOf } from "../../wire/service-api.ts";
import type { TestAnswer } from "../test-invocation.ts";
import { type ApiPlane, defined } from "./api-plane.ts";
import { requireOperation } from "./change-operation.ts";
import { badRequest } from "./refusals.ts";

/** Methods that are tried as they are, deployed or not. */
export function testOperations(plane: ApiPlane) {
  return {
    TestInvokeMethod: async (input, { signal }) => {
      const { view, place, httpMethod } = requireOperation(plane, input);
      const { region, accountId, doors } = plane.options;
      const { api } = view.api;
      const resource = api.resources.find(({ path }) => path === place.path);
      if (resource === undefined || !resource.methods.has(httpMethod)) {
        throw badRequest(resource?.unserved.get(httpMethod) ?? "No integration defined for method");
      }
      const single = Object.entries(input.headers ?? {});
      const several = Object.entries(input.multiValueHeaders ?? {}).flatMap(([name, values]) =>
        values.map((value) => [name, value] as [string, string]),
      );
      const answer = await doors().invoke({
        apiId: view.id,
        apiArn: `arn:aws:execute-api:${region}:${accountId}:${view.id}`,
        api,
        resource,
        httpMethod,
        path: input.pathWithQueryString || place.path,
        headers: [...single.filter(([name]) => !several.some(([other]) => other === name)), ...several],
        body: input.body ?? "",
        variables: input.stageVariables,
        signal,
      });
      return answerShape(answer);
    },
  } satisfies OperationsOf<typeof client>;
}

function answerShape({ status, headers, body, log, latencyMs }: TestAnswer): client.TestInvokeMethodResponse {
  const all = new Map<string, string[]>();
  for (const [name, value] of headers) all.set(name, [...(all.get(name) ?? []), value]);
  return defined({
    status,
    body,
    headers: Object.fromEntries([...all].map(([name, values]) => [name, values.at(-1) ?? ""])),
    multiValueHeaders: Object.fromEntries(all),
    log,
    latency: latencyMs,
  });
}
