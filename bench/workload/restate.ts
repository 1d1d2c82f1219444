/** The workload as a Restate service: the engine takes the events and journals the two calls. */
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { peer } from "./peer-package.ts";
import { reportTo } from "./report.ts";
import { type Event, makeCustomer, makeOrder, mapsOf } from "./steps.ts";

interface Context {
  run<T>(name: string, step: () => Promise<T>): Promise<T>;
}

interface Endpoint {
  bind(service: unknown): Endpoint;
  http2Handler(): Parameters<typeof createServer>[1];
}

interface Restate {
  endpoint(): Endpoint;
  service(definition: {
    readonly name: string;
    readonly handlers: {
      readonly handle: (context: Context, event: Event) => Promise<string>;
    };
  }): unknown;
}

const restate = await peer<Restate>("@restatedev/restate-sdk");
const maps = mapsOf(process.argv[3] ?? "jsonata");
const service = restate.service({
  name: "DealToOrder",
  handlers: {
    handle: async (context, event) => {
      const deal = await maps.deal(event);
      const customer = await context.run("customer", () => makeCustomer(deal));
      const order = await context.run("order", () => makeOrder(maps, deal, customer));
      return order.id;
    },
  },
});
const server = createServer({}, restate.endpoint().bind(service).http2Handler());
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  reportTo(process, `http://127.0.0.1:${port}`);
});
process.on("disconnect", () => process.exit());
