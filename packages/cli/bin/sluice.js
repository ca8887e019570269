#!/usr/bin/env node
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `sluice: this is Node.js ${process.versions.node}; Sluice needs 22.13 or later. Install it, or bring it along with npm install --save-dev node.\n`,
  );
  process.exit(1);
}

// A third of the start is spent on compiling what is compiled the same each time.
module.enableCompileCache?.();
const { main } = await import("../dist/main.js");
process.exitCode = await main(process.argv.slice(2));
