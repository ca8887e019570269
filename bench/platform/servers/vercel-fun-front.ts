/** An HTTP front for `@vercel/fun`, which is a library: each request becomes an invocation. `node vercel-fun-front.ts <port> <folder>` */
import { createServer } from "node:http";

/** The part of its interface that is needed here; it is not there to be type-checked before it is installed. */
interface Fun {
  createFunction(parameters: {
    readonly Code: { readonly Directory: string };
    readonly Handler: string;
    readonly Runtime: string;
    readonly MemorySize: number;
  }): Promise<(event: unknown) => Promise<{ readonly statusCode: number; readonly body: string }>>;
}

const [port, folder = ""] = process.argv.slice(2);
const fun: Fun = await import(
  new URL("../../node_modules/@vercel/fun/dist/src/index.js", import.meta.url).href
);
const invoke = await fun.createFunction({
  Code: { Directory: folder },
  Handler: "trivial.handler",
  Runtime: "nodejs",
  MemorySize: 128,
});

createServer(async (message, response) => {
  try {
    const { method: httpMethod, url: path, headers } = message;
    const { statusCode, body } = await invoke({ httpMethod, path, headers });
    response.writeHead(statusCode, { "Content-Type": "text/plain", "Content-Length": body.length }).end(body);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(Number(port), "127.0.0.1");
