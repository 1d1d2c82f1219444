/** The engine on the reference workspace, with the partners that the environment names. Arguments: store file. */
import { join } from "node:path";
import { readWorkspace } from "../../cli/workspace/read.ts";
import { loadSystem, serve } from "../../engine/index.ts";
import { reportTo } from "./report.ts";

const [, , storePath = ""] = process.argv;
const { files } = readWorkspace(join(import.meta.dirname, "../.."));
const { SystemSecrets } = await loadSystem();
const serving = await serve({
  read: () => Promise.resolve(files),
  storePath,
  port: 0,
  secrets: new SystemSecrets(process.env),
  log: { write: () => undefined },
});
reportTo(process, serving.url);
process.on("disconnect", () => void serving.stop());
