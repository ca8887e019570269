import type { Clock } from "../lambda/environment/index.ts";
import type { CustomResponse, WebAcl } from "../wafv2/index.ts";
import { gatewayResponses } from "./gateway-response/gateway-response.ts";
import type { StageRequest } from "./passage.ts";
import { idHeaders } from "./request-ids.ts";

/**
 * Lets the stage's web ACL look at a request, before anything else does.
 *
 * @returns the request as it goes on, with the headers that rules added; nothing if it was answered with a response of
 * the web ACL's own.
 * @throws {GatewayResponse} if the web ACL blocked it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html
 */
export async function passWebAcl(arrival: StageRequest, clock: Clock): Promise<StageRequest | undefined> {
  const { webAcl } = arrival.stage;
  if (webAcl === undefined) return arrival;
  const { request } = arrival;
  const body = await arrival.body();
  const beganMs = clock.monotonicMs();
  const verdict = webAcl.inspect(
    {
      ...request,
      // As it is at the API's own address, whatever address of this machine it came to.
      rawPath: arrival.stagePath,
      body: body.subarray(0, webAcl.bodyBytes).toString("latin1"),
      isBodyCut: body.length > webAcl.bodyBytes,
    },
    clock.now(),
  );
  const isBlock = verdict.action === "block";
  arrival.journal.waf = {
    latencyMs: clock.monotonicMs() - beganMs,
    status: isBlock ? (verdict.response?.status ?? 403) : 200,
    webAclArn: webAcl.arn,
    responseCode: isBlock ? "WAF_BLOCK" : "WAF_ALLOW",
    verdict,
  };
  if (!isBlock) return withHeaders(arrival, verdict.insertedHeaders);
  arrival.note(blockNote(webAcl, verdict));
  if (verdict.response === undefined) throw gatewayResponses.wafFiltered();
  answer(arrival, verdict.response);
  return undefined;
}

function blockNote(webAcl: WebAcl, verdict: ReturnType<WebAcl["inspect"]>): string {
  const { terminatingRule, terminatingGroupRule, response } = verdict;
  const inGroup = terminatingGroupRule === undefined ? "" : ` (${terminatingGroupRule} of its rule group)`;
  const rule =
    terminatingRule === "Default_Action" ? "its default action" : `its rule ${terminatingRule}${inGroup}`;
  return `${response?.status ?? 403}: the web ACL ${webAcl.name} blocked the request with ${rule}.`;
}

/** A header that the client sent by the same name is replaced. */
function withHeaders(arrival: StageRequest, added: StageRequest["request"]["headers"]): StageRequest {
  if (added.length === 0) return arrival;
  const names = new Set(added.map(([name]) => name.toLowerCase()));
  const sent = arrival.request.headers.filter(([name]) => !names.has(name.toLowerCase()));
  return { ...arrival, request: { ...arrival.request, headers: [...sent, ...added] } };
}

/** Not shaped by the API's gateway responses: the web ACL's own response goes before them. */
function answer(arrival: StageRequest, { status, headers, body }: CustomResponse): void {
  arrival.journal.error = {
    message: "Forbidden",
    responseType: "WAF_FILTERED",
    validationError: undefined,
  };
  const type = body === undefined ? [] : [["Content-Type", body.contentType] as const];
  arrival.client.send(status, [...type, ...headers, ...idHeaders(arrival)], body?.content ?? "");
}
