import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readWorkspace } from "../../../cli/workspace/read.ts";
import { serve } from "../../../engine/index.ts";
import { compiled } from "../../compiled.ts";
import { partner } from "../channels/partner.ts";
import { memoryLog } from "../channels/plans.ts";
import { Fake } from "./fakes/exchange.ts";

const root = join(import.meta.dirname, "../../..");

interface Options {
  readonly role: string;
  readonly adapter: string;
  /** Who answers: a fake vendor, or one that is there already. */
  readonly fake: Fake | { readonly url: string };
  /** Environment of the adapter, by the address of the fake. */
  readonly env: (url: string) => Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Changes the adapter's text, such as how often it looks. */
  readonly edit?: (text: string) => string;
  /** Where its memory is, for one that is started again; nowhere unless told. */
  readonly storePath?: string;
}

/** Calls an operation of the role; an answer, or the failure that it ended with. */
export type CallOperation = (
  operation: string,
  input: unknown,
) => Promise<Readonly<Record<string, unknown>>>;

/**
 * One role of the reference workspace played by an adapter on a fake: each operation of the contract
 * is an API of its own, and the business flows are not there.
 */
export async function openRole(options: Options) {
  const { role, adapter, fake, env, secrets, edit, storePath = ":memory:" } = options;
  const { url } = fake instanceof Fake ? await partner(fake.answer) : fake;
  const values = env(url);
  const own = `flows/system/${role}.${adapter}.yaml`;
  const workspace = workspaceOf(role, adapter);
  const files = { ...workspace, [own]: (edit ?? String)(workspace[own] ?? "") };
  const serving = await serve({
    read: () => Promise.resolve(files),
    compiled: await compiled(files, "an adapter of the reference workspace"),
    storePath,
    secrets: { secret: (name) => secrets[name], env: (name) => values[name] },
    log: memoryLog(),
    port: 0,
  });
  onTestFinished(async () => serving.stop({ drainMs: 0 }));
  let calls = 0;
  const call: CallOperation = async (operation, input) => {
    calls += 1;
    const response = await fetch(`${serving.url}/api/v1/${operation.toLowerCase()}`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": `call-${calls}` },
      body: JSON.stringify(input),
    });
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };
  return { call, serving, url };
}

/** The adapter and its contract, mappings and schemas; retries and looks come at once. */
function workspaceOf(role: string, adapter: string): Readonly<Record<string, string>> {
  const { files } = readWorkspace(root);
  const contract = files[`flows/system/${role}.yaml`] ?? "";
  const own = files[`flows/system/${role}.${adapter}.yaml`] ?? "";
  const kept = Object.entries(files).filter(
    ([path]) =>
      ["schemas/", "mappings/codes/", `mappings/${adapter}/`].some((at) => path.startsWith(at)) ||
      /^flows\/system\/\w+\.yaml$/.test(path),
  );
  return {
    ...Object.fromEntries(kept),
    [`flows/system/${role}.${adapter}.yaml`]: own
      .replaceAll(/settle: \d+s/g, "settle: 20ms")
      .replaceAll(/\bwait: \d+[smh]\b/g, "wait: 20ms"),
    ...Object.fromEntries(flowsOf(role, contract)),
    "sluice.yaml": (files["sluice.yaml"] ?? "")
      .replace(/^systems:\n(?: {2}.*\n)*/m, `systems: { ${role}: ${adapter} }\n`)
      .replace(/^published:\n(?: {2}.*\n)*/m, "")
      .replaceAll(/max: \d+, backoff: \w+/g, "max: 1, backoff: 20ms"),
  };
}

function flowsOf(role: string, contract: string): readonly (readonly [string, string])[] {
  const operations = contract.matchAll(
    /^ {2}(\w+):\s+\{ (?:input: ([\w@/-]+)|output: [\w@/-]+),/gm,
  );
  return [...operations].map(([, operation = "", input]) => {
    const name = operation.toLowerCase();
    const text = `flow: ${name}
owner: integration
trigger: { api: { post: /${name} } }
${input === undefined ? "" : `input: ${input}\n`}key: none
deadline: 20s
steps: [{ call: ${role}.${operation}, id: call }]
respond:
  "200": { when: "$error = null", body: "\${ $steps.call ?? {} }" }
  "502": { body: { class: "\${ $error.class }", code: "\${ $error.code }", message: "\${ $error.message }" } }
`;
    return [`flows/experience/${name}.yaml`, text] as const;
  });
}
