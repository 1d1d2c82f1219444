import { serve, type Serving } from "../../../engine/index.ts";
import { isJsonObject, type JsonObject } from "../../../engine/model/json.ts";
import { createLog, SystemClock, SystemSecrets } from "../../../engine/ports/system/index.ts";
import { workspaceWith } from "./workspace.ts";

/** The engine on the reference workspace, with each operation of a system behind an endpoint of its own. */
export interface Operations<Name extends string> {
  readonly serving: Serving;
  /** Calls an operation as flows call it: what it answers, or the failure it ends with. */
  readonly ask: (operation: Name, data: JsonObject, signal?: AbortSignal) => Promise<JsonObject>;
  readonly stop: () => Promise<void>;
}

export interface OperationsOptions<Name extends string> {
  /** Operation to the system that has it and the schema of its input. */
  readonly operations: Readonly<Record<Name, readonly [system: string, input: string]>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Who plays support, when it is not the workspace's own choice. */
  readonly support?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly port?: number;
}

/** Starts it with Tryton as ERP; what listens to cases is left out, since it asks systems that are not here. */
export async function startOperations<Name extends string>({
  operations,
  environment,
  support,
  files = {},
  port = 0,
}: OperationsOptions<Name>): Promise<Operations<Name>> {
  const workspace: Record<string, string> = {
    ...workspaceWith({ erp: "tryton" }, { ...flowsOf(operations), ...files }),
  };
  for (const [path, text] of Object.entries(workspace)) {
    const listens = /trigger:.*support\.case\.changed/.test(text);
    if (listens && files[path] === undefined) delete workspace[path];
  }
  if (support !== undefined) {
    const settings = workspace["sluice.yaml"] ?? "";
    workspace["sluice.yaml"] = settings.replace(/^ {2}support: \S+/m, `  support: ${support}`);
  }
  const serving = await serve({
    read: () => Promise.resolve(workspace),
    storePath: ":memory:",
    secrets: new SystemSecrets({
      ...unusedSecrets(workspace["sluice.yaml"] ?? ""),
      ...environment,
    }),
    log: createLog({
      clock: new SystemClock(),
      format: "json",
      level: "error",
      write: (line) => process.stderr.write(`${line}\n`),
    }),
    port,
  });
  let calls = 0;
  return {
    serving,
    ask: async (operation, data, signal) => {
      const answer = await fetch(`${serving.url}/api/v1/ask/${operation}`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": String(++calls) },
        body: JSON.stringify(data),
        ...(signal === undefined ? {} : { signal }),
      });
      const body: unknown = await answer.json();
      return isJsonObject(body) ? body : {};
    },
    stop: () => serving.stop({ drainMs: 5_000 }),
  };
}

function flowsOf(
  operations: Readonly<Record<string, readonly [system: string, input: string]>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, [system, input]]) => [
      `flows/experience/ask-${name.toLowerCase()}.yaml`,
      `flow: ask-${name.toLowerCase()}
owner: integration
trigger: { api: { post: /ask/${name} } }
input: canonical/${input}@1
key: none
steps:
  - { call: ${system}.${name}, id: it, with: "\${ $message.data }" }
respond:
  "200": { when: "$error = null", body: "\${ $steps.it }" }
  "422": { body: "\${ $error }" }
`,
    ]),
  );
}

/** A value for each secret that sluice.yaml declares, for systems that nobody calls here. */
function unusedSecrets(settings: string): Readonly<Record<string, string>> {
  const block = /^secrets:\n((?: {2}.*\n)+)/m.exec(settings)?.[1] ?? "";
  const names = [...block.matchAll(/^ {2}(\w+):/gm)].map(([, name = ""]) => name);
  return Object.fromEntries(names.map((name) => [name, "unused"]));
}
