import type { OperationPlan } from "../../model/plan/adapter.ts";
import { entryOf, valueOf } from "../yaml/node.ts";
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
        if (effect === "read" || recovers(one)) continue;
        const at = entryOf(valueOf(node, "operations"), operation)?.keyAt ?? one.at;
        const message = `"${operation}" is a write (${effect}), and nothing says how to find out whether it happened`;
        report(at, message, {
          help: "add idempotent: { header, valid }, or in-doubt: { resend | lookup | park }",
        });
      }
    }
  },
};

function recovers(operation: OperationPlan): boolean {
  const { idempotent, inDoubt, requests = [], request } = operation;
  if (idempotent !== undefined || inDoubt !== undefined || request?.get !== undefined) return true;
  return requests.some((one) => one.inDoubt !== undefined || one.use !== undefined);
}
