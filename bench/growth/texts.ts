import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../workload/workspace");
const text = (path: string): string => readFileSync(join(root, path), "utf8");

/** The workload's flow in a workspace of so many, each for an event of its own. */
export function withFlows(count: number): Readonly<Record<string, string>> {
  const flow = text("flows/process/deal-to-order.yaml");
  const texts: Record<string, string> = {};
  let events = "";
  for (let number = 2; number <= count; number += 1) {
    events += `  deal.won-${number}: { data: canonical/deal@1, description: Another customer signed. }\n`;
    texts[`flows/process/deal-to-order-${number}.yaml`] = flow
      .replace("flow: deal-to-order", `flow: deal-to-order-${number}`)
      .replace("shop.deal.won", `shop.deal.won-${number}`);
  }
  texts["flows/system/shop.yaml"] = text("flows/system/shop.yaml") + events;
  return texts;
}

/** The workload's flow with a lane for each buyer instead of each deal. */
export function byBuyer(): Readonly<Record<string, string>> {
  const path = "flows/process/deal-to-order.yaml";
  const key = 'key: "$message.data.customer.externalId"';
  return { [path]: text(path).replace('key: "$message.data.dealId"', key) };
}
