import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { SchemaView } from "../../validation/index.ts";
import type { FlowDocument } from "../documents/document.ts";
import { entriesOf, entryOf, type MapNode, valueOf, type YamlNode } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";

export const apiParameter: Rule = {
  code: "api/parameter",
  docs: "Path and query parameters are members of the message's data, and data meets the flow's `input`: what its schema does not have nobody reads, and what it requires a read must be given in path or query.",
  wrong:
    'trigger: { api: { get: "/orders/{order}" } }\ninput: canonical/order-ref@1  # it has orderId',
  right: 'trigger: { api: { get: "/orders/{orderId}" } }\ninput: canonical/order-ref@1',
  check(workspace, report) {
    for (const flow of workspace.flows) {
      const { input } = flow.plan;
      const view = workspace.schema(input);
      if (input === undefined || view === undefined || workspace.isFlawed(input)) continue;
      for (const api of endpointsOf(flow)) checkEndpoint(api, { input, view }, report);
    }
  },
};

const methods = ["get", "post", "put", "delete"] as const;

/** The maps under `api:` of a flow's triggers. */
function endpointsOf({ node }: FlowDocument): readonly MapNode[] {
  const trigger = valueOf(node, "trigger");
  const all: readonly (YamlNode | undefined)[] =
    trigger?.kind === "list" ? trigger.items : [trigger];
  return all.flatMap((one) => {
    const api = valueOf(one, "api");
    return api?.kind === "map" ? [api] : [];
  });
}

function checkEndpoint(
  api: MapNode,
  { input, view }: { readonly input: string; readonly view: SchemaView },
  report: Report,
): void {
  const method = methods.find((one) => entryOf(api, one) !== undefined);
  const path = method === undefined ? undefined : valueOf(api, method);
  if (path?.kind !== "scalar") return;
  const inPath = [...path.text.matchAll(/\{(\w+)\}/g)].map((found) => ({
    name: found[1] ?? "",
    at: path.place.ref(found.index, found[0].length),
  }));
  const inQuery = entriesOf(valueOf(api, "query")).map(({ key, keyAt }) => ({
    name: key,
    at: keyAt,
  }));
  const given = [...inPath, ...inQuery];
  const names = new Set(given.map(({ name }) => name));
  const { properties } = view;
  const unknown = given.filter(({ name }) => view.property(name) === undefined && !view.isOpen);
  for (const { name, at } of unknown) {
    const rest = properties.filter((one) => !names.has(one));
    report(at, `the parameter "${name}" is not in the schema ${input}${didYouMean(name, rest)}`, {
      help: `it has ${listWords(properties)}`,
    });
  }
  // A body may give the rest; a wrong name most likely is what is missing.
  if (method === "post" || method === "put" || unknown.length > 0) return;
  const missing = properties.filter((name) => view.requires(name) && !names.has(name));
  if (missing.length === 0) return;
  const quoted = listWords(missing.map((name) => `"${name}"`));
  report(path.at, `${input} requires ${quoted}, and neither path nor query gives it`, {
    help: "add it as {name} to the path, or under query",
  });
}
