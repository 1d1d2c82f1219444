import type { SourceRef } from "../../errors/diagnostic.ts";
import { type AdapterDocument, allDocuments } from "../documents/document.ts";
import { entriesOf, entryOf, type MapEntry, textOf, valueOf } from "../yaml/node.ts";
import { SourceText } from "../yaml/source-text.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const secretInText: Rule = {
  code: "config/secret-in-text",
  docs: "A credential in a text is in git for good, in every copy and every log of it. Texts name secrets; values come from the environment or from files.",
  wrong: 'auth: { header: { X-Api-Key: "k-123" } }',
  right: 'auth: { header: { X-Api-Key: "${ $secret.ERP_TOKEN }" } }',
  check(workspace, report) {
    const told: SourceRef[] = [];
    const once: Report = (at, message, more) => {
      if (told.some((other) => overlap(other, at))) return;
      told.push(at);
      report(at, message, more);
    };
    for (const adapter of workspace.adapters) {
      checkAddress(adapter, once);
      const auth = valueOf(adapter.node, "auth");
      for (const way of ["header", "query", "body"]) checkAuth(entryOf(auth, way), once);
      for (const head of membersOf(adapter, "headers")) checkMember(head, credentialHead, once);
      for (const one of membersOf(adapter, "query")) checkMember(one, credentialName, once);
    }
    checkEnv(workspace, once);
    told.push(...namedSecrets(workspace));
    for (const [file, text] of Object.entries(workspace.documents.files)) {
      checkTokens(new SourceText(file, text), once);
    }
  },
};

const help =
  'declare it under secrets in sluice.yaml, and write "${ $secret.NAME }" under auth: only there secrets are read';

const overlap = (one: SourceRef, other: SourceRef): boolean =>
  one.file === other.file &&
  one.line === other.line &&
  one.column < other.column + other.length &&
  other.column < one.column + one.length;

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
const credentialName = /^(?:api[-_]?key|(?:auth|access)[-_]?token|client[-_]?secret|password)$/i;

function checkMember({ key, value }: MapEntry, names: RegExp, report: Report): void {
  if (!names.test(key) || !isConstant(value)) return;
  report(value.at, `"${key}" is a credential, and stands here as a text`, { help });
}

/** The members of every map of this name in an adapter. */
function membersOf({ node }: AdapterDocument, name: "headers" | "query"): readonly MapEntry[] {
  const inside = (value: MapEntry["value"]): readonly MapEntry[] =>
    value.kind === "list"
      ? value.items.flatMap(inside)
      : entriesOf(value).flatMap((entry) => [
          ...(entry.key === name ? entriesOf(entry.value) : []),
          ...(entry.key === "body" ? [] : inside(entry.value)),
        ]);
  return inside(node);
}

const isConstant = (value: MapEntry["value"]): boolean =>
  value.kind === "scalar" && value.text !== "" && !value.text.includes("${");

/** `env` with a default is for what anybody may read. */
function checkEnv({ documents }: Workspace, report: Report): void {
  for (const { key, value } of entriesOf(valueOf(documents.workspace?.node, "env"))) {
    const given = valueOf(value, "default");
    if (given === undefined || !/(?:TOKEN|SECRET|PASSWORD|API_KEY)$/.test(key)) continue;
    if (!isConstant(given)) continue;
    report(given.at, `"${key}" is a credential by its name, and its value stands here`, {
      help: `declare ${key} under secrets instead, without a value`,
    });
  }
}

/** What stands where a secret is named has its finding if it is none. */
function namedSecrets({ documents }: Workspace): readonly SourceRef[] {
  return allDocuments(documents).flatMap(({ walk }) =>
    walk
      .allSites()
      .flatMap(({ references }) =>
        references.flatMap(({ to, at }) => (to === "secret" ? [at] : [])),
      ),
  );
}

/** Credentials that show by their form what they are. */
const token =
  /\b(?:[srp]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,}|gh[pousr]_[A-Za-z0-9]{36,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g;

function checkTokens(source: SourceText, report: Report): void {
  for (const { 0: found, index } of source.text.matchAll(token)) {
    report(source.ref(index, index + found.length), "a credential stands here as a text", {
      help: "take it out and renew it where it was issued; declare its name under secrets in sluice.yaml",
    });
  }
}
