import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { SluiceDev } from "./sluice-dev.ts";

// The template that this project's example follows. It leaves its API open to everyone, and names its handler as only
// Swift would; both hold here too.

test.skipIf(inject("curl").missing !== undefined)(
  "the original's own template deploys, and a number a second comes through its API",
  { timeout: 60_000 },
  async () => {
    const handler = join(import.meta.dirname, "../../../examples/streaming-api-gateway/src/handler.ts");
    await using dev = await SluiceDev.start({
      project: "original-project",
      withoutTemplate: true,
      files: { "handler.ts": handler },
    });
    const { folder } = dev.project;
    const source =
      'import { managed } from "@sluice/runtime";\nimport { numbers } from "./handler.ts";\nexport const handler = managed(numbers);\nexport { handler as bootstrap };\n';
    await writeFile(join(folder, "swift.ts"), source);
    const sluice = join(folder, "node_modules/sluice/bin/sluice.js");
    for (const parameters of [
      ["archive", "swift.ts", "--runtime", "nodejs24.x", "--output", "StreamingNumbers.zip"],
      ["deploy", "--stack-name", "StreamingNumbers", "--yes", "--no-stream-check"],
    ]) {
      await using cli = dev.run(process.execPath, [sluice, ...parameters]);
      expect(await cli.exit, cli.stderr.text).toBe(0);
      if (parameters[0] === "archive") continue;
      const [, url = ""] = /^ApiUrl +(\S+)$/m.exec(cli.stdout.text) ?? [];
      await using client = dev.run("curl", ["--silent", "--no-buffer", url]);
      await client.stdout.is("Number: 1\n");
      await client.stdout.is("Number: 1\nNumber: 2\n");
      expect(await client.exit).toBe(0);
      expect(client.stdout.text).toBe("Number: 1\nNumber: 2\nNumber: 3\nStreaming complete!\n");
    }
  },
);
