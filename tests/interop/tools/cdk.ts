import { join } from "node:path";
import { cached, install, run, type Tool } from "./tool.ts";

const packages = { "aws-cdk": "2.1148.1", "aws-cdk-lib": "2.276.0", constructs: "10.8.1" };

/** Installs the AWS CDK, its command line and its library. Resolves to the `node_modules` with them. */
export function findCdk(): Promise<Tool<string>> {
  return install("The AWS CDK", async () => {
    const folder = await cached(`cdk-${Object.values(packages).join("-")}`, async (scratch) => {
      const specs = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
      await run("npm", ["install", "--prefix", scratch, "--no-save", "--no-audit", "--no-fund", ...specs]);
      return scratch;
    });
    return join(folder, "node_modules");
  });
}
