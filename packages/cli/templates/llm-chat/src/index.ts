import { managed, web } from "@sluice/runtime";
import { chat } from "./chat.ts";
import { model } from "./model.ts";
import page from "./page.html";

const answer = chat(model);

/** What Lambda calls: `Handler: index.handler` in template.yaml. */
export const handler = managed(
  web((request) => {
    const { pathname } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "GET /":
        return new Response(page, { headers: { "Content-Type": "text/html; charset=utf-8" } });
      case "POST /api/chat":
        return answer(request);
      default:
        return new Response("Not found. The page is at /.\n", { status: 404 });
    }
  }),
);
