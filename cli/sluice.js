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
  if (process.argv[2] === "run") await runAsServer();
  else if (process.argv[2] !== "demo") await runBriefly();
  // A static import of a name that an old Node lacks would fail before the check above.
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
}

/**
 * Most of what a compilation makes is alive until it ends: V8 would give its new objects ever more
 * fresh memory, only to copy them out of it. Taking it costs more than collecting more often.
 */
async function runBriefly() {
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** Begins this very process anew with the flags of a server, unless the user chose (or it has) them. */
async function runAsServer() {
  const { serverEnvironment, serverFlags } = await import("./server-flags.js");
  const given = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  if (/semi-space-size|heap-growing/.test(given) || process.execve === undefined) return;
  const args = [...serverFlags, ...process.execArgv, ...process.argv.slice(1)];
  const environment = { ...serverEnvironment, ...process.env };
  process.execve(process.execPath, [process.execPath, ...args], environment);
}
