import { LambdaRuntime, web } from "@sluice/runtime";

const handler = web(async (request, context) => {
  const { pathname, searchParams } = new URL(request.url);
  const headers = new Headers({ "content-type": "text/plain", "x-request-id": context.requestId });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  return new Response(`${request.method} ${pathname} ${searchParams.get("name")}`, { status: 418, headers });
});

await new LambdaRuntime(handler).run();
