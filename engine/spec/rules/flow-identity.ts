import type { SourceRef } from "../../errors/diagnostic.ts";
import type { ExpressionUse } from "../walk/walk.ts";
import { allDocuments } from "../documents/document.ts";
import type { Rule } from "./rule.ts";

export const flowUnstableKey: Rule = {
  code: "flow/unstable-key",
  docs: "A key or identity is the same for the same fact, however often it comes. One made of the clock, of luck or of the run is new each time: a webhook that is delivered twice makes two orders.",
  wrong: 'idempotency: { key: "$message.data.orderId & $now()" }',
  right: "idempotency: { key: \"$message.data.orderId & ':paid'\" }",
  check(workspace, report) {
    for (const { walk } of allDocuments(workspace.documents)) {
      for (const use of walk.allSites().flatMap(({ uses }) => uses)) {
        if (!isIdentity.test(use.pointer)) continue;
        for (const { name, at } of unstable(use)) {
          report(at, `"${name}" gives another value each time, and this says what is the same`, {
            help: "make it of what the message says: its number, its version",
          });
        }
      }
    }
  },
};

const isIdentity = /^\/(?:key|idempotency\/key|(?:webhooks|polls)\/[^/]+\/dedupe)$|\/split\/key$/;
const changing = new Set(["now", "millis", "random", "shuffle", "uuid"]);

function unstable({
  analysis,
}: ExpressionUse): readonly { readonly name: string; readonly at: SourceRef }[] {
  return [
    ...(analysis?.functions ?? [])
      .filter(({ name }) => changing.has(name))
      .map(({ name, at }) => ({ name: `$${name}`, at })),
    ...(analysis?.reads ?? [])
      .filter(({ root, segments }) => root === "run" && segments[0] === "id")
      .map(({ at }) => ({ name: "$run.id", at })),
  ];
}
