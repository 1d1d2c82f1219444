import type { AdapterPlan, OperationPlan } from "../../model/plan/adapter.ts";
import { entryOf, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";

export const effectRecovery: Rule = {
  code: "effect/no-recovery",
  docs: "A time-out or a crash may leave a write sent and unanswered. Either the partner knows our key and takes the request twice as one (`idempotent`), or the adapter says how to find out (`in-doubt`).",
  wrong: "createOrder:\n  request: { post: /orders }",
  right: "createOrder:\n  request: { post: /orders }\n  in-doubt: { lookup: findOrder }",
  check(workspace, report) {
    for (const { plan, node, name } of workspace.adapters) {
      if (plan.idempotent !== undefined) continue;
      for (const [operation, one] of Object.entries(plan.operations)) {
        const effect = workspace.operation(`${name}.${operation}`)?.effect ?? "read";
        if (effect === "read") continue;
        const resend = one.idempotent === undefined ? sameKey(node, operation) : undefined;
        if (resend !== undefined) {
          report(
            resend.at,
            `"${operation}" is sent again by the same key, and nothing sends a key`,
            {
              help: "add idempotent: { header, valid }, or say another way: resend: safe, lookup or park",
            },
          );
          continue;
        }
        if (recovers(one, plan.templates)) {
          for (const { id, at } of [...bare(one), ...bareInTemplates(one, plan.templates)]) {
            report(
              at,
              `"${id}" of "${operation}" is sent by POST, and nothing says how to find out whether it happened`,
              {
                help: "add idempotent: { header, valid }, or in-doubt: { resend | lookup | park }; resend: safe for one that only looks",
              },
            );
          }
          continue;
        }
        const at = entryOf(valueOf(node, "operations"), operation)?.keyAt ?? one.at;
        const message = `"${operation}" is a write (${effect}), and nothing says how to find out whether it happened`;
        report(at, message, {
          help: "add idempotent: { header, valid }, or in-doubt: { resend | lookup | park }",
        });
      }
    }
  },
};

/** `resend: same-key` of an operation; templates and single requests may send a key of their own. */
function sameKey(adapter: YamlNode, operation: string): YamlNode | undefined {
  const inDoubt = valueOf(valueOf(valueOf(adapter, "operations"), operation), "in-doubt");
  const resend = valueOf(inDoubt, "resend");
  return textOf(resend) === "same-key" ? resend : undefined;
}

/** Of the requests of templates that the operation uses, those that are sent by POST and say nothing. */
function bareInTemplates(
  { idempotent, inDoubt, requests = [] }: OperationPlan,
  templates: AdapterPlan["templates"],
) {
  if (idempotent !== undefined || inDoubt !== undefined) return [];
  return requests.flatMap(({ use, inDoubt: own }) =>
    use === undefined || own !== undefined
      ? []
      : (templates?.[use] ?? []).filter(
          (one) => one.post !== undefined && one.inDoubt === undefined,
        ),
  );
}

function recovers(operation: OperationPlan, templates: AdapterPlan["templates"]): boolean {
  const { idempotent, inDoubt, requests = [], request } = operation;
  if (idempotent !== undefined || inDoubt !== undefined || request?.get !== undefined) return true;
  return requests.some(
    ({ inDoubt: own, use }) =>
      own !== undefined ||
      (use !== undefined && templates?.[use]?.every((one) => one.inDoubt === undefined) !== true),
  );
}

/** Of several requests, those that are sent by POST and say nothing of their own. */
function bare({ idempotent, inDoubt, requests = [] }: OperationPlan) {
  if (idempotent !== undefined || inDoubt !== undefined) return [];
  return requests.filter((one) => one.post !== undefined && one.inDoubt === undefined);
}
