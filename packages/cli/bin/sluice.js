#!/usr/bin/env node
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `sluice: this is Node.js ${process.versions.node}; Sluice needs 22.13 or later. Install it, or bring it along with npm install --save-dev node.\n`,
  );
  process.exit(1);
}

const { main } = await import("../dist/main.js");
process.exitCode = await main(process.argv.slice(2));
