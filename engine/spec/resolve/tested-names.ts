import type { SourceRef } from "../../errors/diagnostic.ts";
import type { Documents } from "../documents/document.ts";
import { entriesOf, textOf, valueOf, type YamlNode } from "../yaml/node.ts";

/** A name in a flow test, where any value may stand. */
export interface TestedName {
  readonly to: "operation" | "flow" | "event";
  readonly name: string;
  readonly at: SourceRef;
}

/** Calls that tests mock or expect, and events that they expect. */
export function testedNames(documents: Documents): readonly TestedName[] {
  return documents.tests.flatMap(({ node }) =>
    itemsOf(valueOf(node, "cases")).flatMap((one) => {
      const expected = valueOf(one, "expect");
      return [
        ...itemsOf(valueOf(one, "calls")).flatMap((mock) => called(valueOf(mock, "call"))),
        ...itemsOf(valueOf(expected, "requests")).flatMap(called),
        ...itemsOf(valueOf(expected, "events")).flatMap((event) => named("event", event)),
      ];
    }),
  );
}

/** `erp.createOrder`, `run customer-sync`, or either as the only key of a map. */
function called(node: YamlNode | undefined): readonly TestedName[] {
  return named("operation", node).map((found) => {
    const [, flow] = /^run (.+)$/.exec(found.name) ?? [];
    return flow === undefined ? found : { ...found, to: "flow", name: flow };
  });
}

function named(to: TestedName["to"], node: YamlNode | undefined): readonly TestedName[] {
  const [entry] = entriesOf(node);
  if (entry !== undefined) return [{ to, name: entry.key, at: entry.keyAt }];
  const name = textOf(node);
  return node === undefined || name === undefined ? [] : [{ to, name, at: node.at }];
}

function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === "list" ? node.items : [];
}
