import { entriesOf, entryOf, type MapEntry, textOf, valueOf } from "../yaml/node.ts";
import type { AdapterDocument } from "../documents/document.ts";
import type { Report, Rule } from "./rule.ts";

export const secretInText: Rule = {
  code: "config/secret-in-text",
  docs: "A credential in a text is in git for good, in every copy and every log of it. Texts name secrets; values come from the environment or from files.",
  wrong: 'auth: { header: { X-Api-Key: "k-123" } }',
  right: 'auth: { header: { X-Api-Key: "${ $secret.ERP_TOKEN }" } }',
  check(workspace, report) {
    for (const adapter of workspace.adapters) {
      checkAddress(adapter, report);
      const auth = valueOf(adapter.node, "auth");
      for (const way of ["header", "query", "body"]) checkAuth(entryOf(auth, way), report);
      for (const head of headsOf(adapter)) checkHead(head, report);
    }
  },
};

const help =
  'declare it under secrets in sluice.yaml, and write "${ $secret.NAME }" under auth: only there secrets are read';

function checkAddress({ node }: AdapterDocument, report: Report): void {
  const base = valueOf(node, "base-url");
  if (base === undefined || !/^\w+:\/\/[^/@$]+@/.test(textOf(base) ?? "")) return;
  report(base.at, "the address holds a user and a password", {
    help: "declare them under secrets in sluice.yaml, and write auth: { basic: { user: NAME, password: NAME } }",
  });
}

/** Credentials of which none is a secret. */
function checkAuth(way: MapEntry | undefined, report: Report): void {
  const given = entriesOf(way?.value);
  const [first] = given;
  if (first === undefined || given.some(({ value }) => !isConstant(value))) return;
  report(first.value.at, `"${first.key}" is a credential, and stands here as a text`, { help });
}

const credentialHead =
  /^(?:authorization|proxy-authorization|cookie|(?:x-)?api-?key|(?:x-)?(?:auth|access)-?token)$/i;

function checkHead({ key, value }: MapEntry, report: Report): void {
  if (!credentialHead.test(key) || !isConstant(value)) return;
  report(value.at, `"${key}" is a credential, and stands here as a text`, { help });
}

function headsOf({ node }: AdapterDocument): readonly MapEntry[] {
  const inside = (value: MapEntry["value"]): readonly MapEntry[] =>
    value.kind === "list"
      ? value.items.flatMap(inside)
      : entriesOf(value).flatMap((entry) => [
          ...(entry.key === "headers" ? entriesOf(entry.value) : []),
          ...(entry.key === "body" ? [] : inside(entry.value)),
        ]);
  return inside(node);
}

const isConstant = (value: MapEntry["value"]): boolean =>
  value.kind === "scalar" && value.text !== "" && !value.text.includes("${");
