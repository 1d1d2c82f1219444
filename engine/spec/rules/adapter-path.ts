import { entriesOf, type ScalarNode, type YamlNode } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";

export const adapterPath: Rule = {
  code: "adapter/bad-path",
  docs: "A request's path follows `base-url`. What stands in it is sent as it stands, except `${ … }`.",
  wrong: 'get: "/orders/{orderId}"',
  right: 'get: "/orders/${ $input.orderId }"',
  check(workspace, report) {
    for (const { node } of workspace.adapters) {
      for (const { key, value } of requestsIn(node)) checkPath(key, value, report);
    }
  },
};

const methods = new Set(["get", "post", "put", "patch", "delete"]);

/** Every `get: …` and the like, wherever a request stands; bodies and heads are the partner's. */
function requestsIn(
  node: YamlNode,
): readonly { readonly key: string; readonly value: ScalarNode }[] {
  if (node.kind === "list") return node.items.flatMap(requestsIn);
  return entriesOf(node).flatMap(({ key, value }) => {
    if (key === "body" || key === "headers" || key === "query" || key === "call") return [];
    if (value.kind !== "scalar") return requestsIn(value);
    return methods.has(key) && typeof value.value === "string" ? [{ key, value }] : [];
  });
}

function checkPath(key: string, { text, at, place }: ScalarNode, report: Report): void {
  const [address] = /^\s*https?:\/\/[^$]*/.exec(text) ?? [];
  if (address !== undefined) {
    report(at, `"${key}" is a whole address; the path follows base-url`, {
      help: "write what comes after the host, and the host under base-url",
    });
    return;
  }
  if (!/^\s*(?:\/|\?|\$\{)/.test(text)) {
    report(at, `the path "${text}" does not begin with /`, { help: `write /${text.trim()}` });
    return;
  }
  const bare = text.replaceAll(/\$\{[^}]*\}/g, (read) => " ".repeat(read.length));
  const [named, name] = /\{(\w+)\}/.exec(bare) ?? /(?<=\/):([A-Za-z]\w*)/.exec(bare) ?? [];
  if (named === undefined || name === undefined) return;
  report(place.ref(bare.indexOf(named), named.length), `"${named}" is sent as it stands`, {
    help: `write \${ $input.${name} } for its value`,
  });
}
