/**
 * The yardstick: the same workload written for itself alone, with the same schema, durability and
 * HTTP client. Arguments: store file, and `hand` or `jsonata` for the mappings.
 */
import { BareStore } from "./bare-store.ts";
import { front } from "./front.ts";
import { endings, reportTo } from "./report.ts";
import { type Event, makeCustomer, makeOrder, mapsOf } from "./steps.ts";

const [, , storePath = "", mapping = "hand"] = process.argv;
const maps = mapsOf(mapping);
const store = new BareStore(storePath);
const ended = endings(process.stdout);

async function flow(flowNo: number, event: Event): Promise<void> {
  const deal = await maps.deal(event);
  const customer = await makeCustomer(deal);
  await store.step(flowNo, "customer", JSON.stringify(customer), false);
  const order = await makeOrder(maps, deal, customer);
  await store.step(flowNo, "order", JSON.stringify(order), true);
  ended(String(flowNo));
}

const url = await front(async (event, text) => {
  const flowNo = await store.accept(event.eventId, text);
  if (flowNo > 0) void flow(flowNo, event);
  return String(Math.abs(flowNo));
});
reportTo(process, url);
process.on("disconnect", () => {
  store.close();
  process.exit();
});
