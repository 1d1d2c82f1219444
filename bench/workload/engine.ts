/**
 * The engine on the workload's workspace. Arguments: store file. Standard texts may be replaced by
 * `TEXTS`, JSON of texts by path.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { loadSystem, serve } from "../../engine/index.ts";
import { endings, reportTo } from "./report.ts";

const [, , storePath = ""] = process.argv;
const root = join(import.meta.dirname, "workspace");
const { createLog, SystemClock, SystemSecrets } = await loadSystem();
const ended = endings(process.stdout);
const serving = await serve({
  read: () => Promise.resolve(texts()),
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
    reach(point, detail) {
      if (point === "run-ended") ended(detail?.["messageId"] ?? "");
    },
  },
});
reportTo(process, `${serving.url}/webhooks/storefront/deals`);
process.on("disconnect", () => void serving.stop());

function texts(): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true });
  const own = Object.fromEntries(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(root, path), readFileSync(path, "utf8")]),
  );
  const changed = process.env["TEXTS"];
  return { ...own, ...(changed === undefined ? {} : (JSON.parse(changed) as typeof own)) };
}
