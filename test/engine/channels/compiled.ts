import { createHash } from "node:crypto";
import { compileWorkspace } from "../../../engine/spec/index.ts";
import type { Generation } from "../../../engine/model/plan/generation.ts";

const frame = (secrets: readonly string[]): string => `
workspace: channels
teams: { team: { contact: team@example.com } }
systems: { crm: vendor }
secrets: { ${secrets.map((name) => `${name}: "A secret."`).join(", ")} }
`;
const crm = `
system: crm
owner: team
operations:
  read: { input: canonical/thing@1, output: canonical/thing@1, effect: read }
events:
  changed: { data: canonical/thing@1 }
`;
const thing = `
$id: canonical/thing@1
x-owner: team
type: object
`;

/** A generation made of one adapter's YAML, whole but for its first lines. */
export function compiledAdapter(rest: string, secrets: readonly string[] = []): Generation {
  const adapter = `adapter: vendor\nplays: crm\nowner: team\n${rest}`;
  const { diagnostics, generation } = compileWorkspace(
    {
      "sluice.yaml": frame(secrets),
      "flows/system/crm.yaml": crm,
      "flows/system/crm.vendor.yaml": adapter,
      "schemas/canonical/thing@1.yaml": thing,
    },
    { digest: (text) => createHash("sha256").update(text).digest("hex") },
  );
  if (generation === undefined) {
    throw new Error(
      diagnostics.map(({ at, message }) => `${at.file}:${at.line}: ${message}`).join("\n"),
    );
  }
  return generation;
}
