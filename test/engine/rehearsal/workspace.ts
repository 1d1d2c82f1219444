import { digest } from "../../../engine/composition/digest.ts";
import type { Generation } from "../../../engine/model/plan/generation.ts";
import type { FlowTest } from "../../../engine/model/plan/flow-test.ts";
import { compileWorkspace } from "../../../engine/spec/index.ts";
import { withCase } from "../../spec/workspace.ts";

/** The starter workspace with a flow that reads, asks, listens and runs another flow. */
const files = withCase(`#=== starter
#--- flows/process/delivery.yaml
flow: delivery
owner: operations
trigger: { event: shop.order.paid }
input: canonical/order@1
key: "$message.data.orderId"
idempotency: { key: "$message.data.orderId & ':delivery'", keep: 400d }
emits:
  order.delivered: { data: canonical/order-ref@1, correlate: [orderId] }
steps:
  - call: erp.getOrder
    id: known
    with: { orderId: "\${ $message.data.orderId }", number: "7001" }
  - run: order-to-erp
    id: order
  - task: { team: operations, within: 2d, choices: [ship, hold], title: "Ship \${ $message.data.orderId }?" }
    id: approval
    lane: release
  - listen: { event: erp.order.shipped, correlate: { orderId: "$message.data.orderId" }, within: 10d }
    id: shipped
    lane: release
  - emit: order.delivered
    with: { orderId: "\${ $message.data.orderId }", number: "\${ $steps.shipped.number }" }
#--- flows/system/erp.yaml (edited)
 operations:
+  getOrder: { input: canonical/order-ref@1, output: canonical/order-ref@1, effect: read }
@@
   createOrder: { input: canonical/order@1, output: canonical/order-ref@1, effect: create }
+events:
+  order.shipped: { data: canonical/order-ref@1, correlate: [orderId] }
#--- flows/system/erp.example-erp.yaml (edited)
 operations:
+  getOrder:
+    request: { get: "/orders/\${ $input.number }" }
+    result: { orderId: "\${ $input.orderId }", number: "\${ $result.number }" }
`);

export const erpText = files["flows/system/erp.example-erp.yaml"] ?? "";

/** Compiled anew each time, with `more` files; throws its findings where it has errors. */
export function compiled(more: Readonly<Record<string, string>> = {}): {
  readonly generation: Generation;
  readonly tests: readonly FlowTest[];
} {
  const { generation, diagnostics, tests } = compileWorkspace({ ...files, ...more }, { digest });
  if (generation !== undefined) return { generation, tests: tests.map(({ test }) => test) };
  throw new Error(
    diagnostics.map(({ at, message }) => `${at.file}:${at.line} ${message}`).join("\n"),
  );
}

export const order = {
  orderId: "S-1",
  currency: "EUR",
  total: "20.00",
  lines: [{ sku: "TEA", quantity: 2, amount: "20.00" }],
};
