#!/usr/bin/env node
// Plain JavaScript: an old Node must be able to read this far, to be told what is wrong.
import process from "node:process";

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `sluice needs Node 24 or newer, and this is ${process.version} (${process.execPath}); in a checkout, \`npx sluice\` brings its own\n`,
  );
  process.exitCode = 2;
} else {
  // A static import of a name that an old Node lacks would fail before the check above.
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
}
