/**
 * One engine in a process of its own, that ends itself by SIGKILL when it has reached a named point
 * so many times. Arguments: workspace folder, store file, and `<point>:<n>` or `never`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { compileTexts } from "../../cli/workspace/compile.ts";
import { loadSystem, serve } from "../../engine/index.ts";

const [root = "", storePath = "", end = "never"] = process.argv.slice(2);
const [point, nth] = end.split(":");
let reached = 0;

const { createLog, SystemClock, SystemSecrets } = await loadSystem();
const files = texts();
const serving = await serve({
  read: () => Promise.resolve(files),
  compiled: await compileTexts({ root, files }, { env: process.env }, { isHere: true }),
  storePath,
  port: 0,
  secrets: new SystemSecrets(process.env),
  log: createLog({
    clock: new SystemClock(),
    format: "json",
    level: "warn",
    write: (line) => void process.stderr.write(`${line}\n`),
  }),
  signals: {
    reach(at) {
      if (at !== point) return;
      reached += 1;
      if (reached === Number(nth)) process.kill(process.pid, "SIGKILL");
    },
  },
});
process.stdout.write(`${JSON.stringify({ url: serving.url })}\n`);
process.once("SIGTERM", () => void serving.stop());

function texts(): Record<string, string> {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    paths.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(root, path), readFileSync(path, "utf8")];
    }),
  );
}
