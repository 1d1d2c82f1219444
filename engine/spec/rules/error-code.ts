import { didYouMean } from "../../errors/did-you-mean.ts";
import type { SourceRef } from "../../errors/diagnostic.ts";
import { allDocuments } from "../documents/document.ts";
import { entriesOf, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const errorUnknownCode: Rule = {
  code: "reference/unknown-error-code",
  docs: "A handler for a code that nothing raises takes no failure. Partners may have codes of their own, so only a code that is nearly one of the workspace's is told.",
  wrong: "catch: [ { when: \"$error.code = 'credit-hodl'\", steps: […] } ]",
  right: "catch: [ { when: \"$error.code = 'credit-hold'\", steps: […] } ]",
  check(workspace, report) {
    const known = raisedCodes(workspace);
    for (const { node } of workspace.documents.tests) {
      const cases = valueOf(node, "cases");
      for (const one of cases?.kind === "list" ? cases.items : []) {
        const code = valueOf(valueOf(valueOf(one, "expect"), "error"), "code");
        if (code !== undefined) checkCode(textOf(code), known, code.at, report);
      }
    }
    for (const { walk } of workspace.flows) {
      for (const { analysis } of walk.allSites().flatMap(({ uses }) => uses)) {
        for (const comparison of analysis?.comparisons ?? []) {
          const { left, right, leftConstant, rightConstant, operator } = comparison;
          const read = left ?? right;
          if (read?.root !== "error" || read.segments.join(".") !== "code") continue;
          const constant = left === undefined ? leftConstant : rightConstant;
          const codes = operator === "in" && Array.isArray(constant) ? constant : [constant];
          for (const code of codes) checkCode(code, known, read.at, report);
        }
      }
    }
  },
};

function checkCode(code: unknown, known: ReadonlySet<string>, at: SourceRef, report: Report): void {
  if (typeof code !== "string" || known.has(code)) return;
  const meant = didYouMean(code, known);
  if (meant !== "") report(at, `nothing raises the code "${code}"${meant}`);
}

/** Every `code:` of a failure that a text of the workspace names. */
function raisedCodes(workspace: Workspace): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { kind, node } of allDocuments(workspace.documents)) {
    // What a test's partners raise, its flow may handle; what it expects is no word of its own.
    if (kind === "test") collectFailures(node, found);
    else collect(node, found, kind === "flow");
  }
  return found;
}

function collectFailures(node: YamlNode, into: Set<string>): void {
  if (node.kind === "list") for (const item of node.items) collectFailures(item, into);
  for (const { key, value } of entriesOf(node)) {
    if (key === "fails") collect(value, into);
    else if (key !== "expect") collectFailures(value, into);
  }
}

function collect(node: YamlNode, into: Set<string>, isFlow = false): void {
  const inner: readonly { readonly key?: string; readonly value: YamlNode }[] =
    node.kind === "list" ? node.items.map((value) => ({ value })) : entriesOf(node);
  if (node.kind === "map") {
    const code = textOf(node.entries.find(({ key }) => key === "code")?.value);
    // One that is misspelt has its finding: what it would be is raised, too.
    if (code !== undefined) into.add(code).add(code.toLowerCase().replaceAll("_", "-"));
  }
  for (const { key, value } of inner) {
    // A run that stops has not failed: no handler meets that code.
    if (!(isFlow && key === "stop")) collect(value, into, isFlow);
  }
}
