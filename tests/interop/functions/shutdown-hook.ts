import { buffered, LambdaRuntime } from "@sluice/runtime";

const handler = buffered(async ({ answer }: { readonly answer: boolean }) => {
  return answer ? "answered" : await new Promise<never>(() => {});
});

const hooks = {
  quick: async () => console.log("the connections are closed"),
  endless: () => new Promise<never>(() => setInterval(() => {}, 60_000)),
};

await new LambdaRuntime(handler, {
  onShutdown: hooks[process.env["SHUTDOWN_HOOK"] === "endless" ? "endless" : "quick"],
}).run();
