import type { SourceRef } from "../../errors/diagnostic.ts";
import type { Rule } from "./rule.ts";

export const flowApiClash: Rule = {
  code: "flow/api-clash",
  docs: "A request can start one flow. Of two endpoints with one method and path, which one answers would be luck; the names of parameters do not tell them apart.",
  wrong:
    'trigger: { api: { get: "/orders/{id}" } }\ntrigger: { api: { get: "/orders/{number}" } }  # in another flow',
  right:
    'trigger: { api: { get: "/orders/{id}" } }\ntrigger: { api: { get: "/orders/by-number/{number}" } }',
  check(workspace, report) {
    const taken = new Map<string, { readonly at: SourceRef; readonly flow: string }>();
    for (const { plan, name } of workspace.flows) {
      for (const trigger of plan.trigger ?? []) {
        if (trigger.kind !== "api") continue;
        const { kind: method, value: path, version = 1, at } = trigger.value;
        const endpoint = `${method} ${version} ${path.replaceAll(/\{[^}]*\}/g, "{}")}`;
        const first = taken.get(endpoint);
        if (first === undefined) {
          taken.set(endpoint, { at, flow: name });
          continue;
        }
        const message = `${method} ${path} also starts flow "${first.flow}"`;
        report(at, message, {
          help: "give one of them another path, method or version",
          related: [{ at: first.at, message: "the other endpoint stands here" }],
        });
      }
    }
  },
};
