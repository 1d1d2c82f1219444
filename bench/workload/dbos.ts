/** The workload on DBOS: one workflow, its two calls recorded as steps. Arguments: none, `hand` or `jsonata`. */
import { front } from "./front.ts";
import { peer } from "./peer-package.ts";
import { endings, reportTo } from "./report.ts";
import { type Event, makeCustomer, makeOrder, mapsOf } from "./steps.ts";

type Workflow = (event: Event) => Promise<void>;

interface Dbos {
  readonly DBOS: {
    setConfig(config: Readonly<Record<string, unknown>>): void;
    launch(): Promise<void>;
    shutdown(): Promise<void>;
    registerWorkflow(workflow: Workflow, options: { readonly name: string }): Workflow;
    runStep<T>(step: () => Promise<T>, options: { readonly name: string }): Promise<T>;
    startWorkflow(
      workflow: Workflow,
      options: { readonly workflowID: string },
    ): (event: Event) => Promise<{ getResult(): Promise<void> }>;
  };
}

const { DBOS } = await peer<Dbos>("@dbos-inc/dbos-sdk");
const maps = mapsOf(process.argv[3] ?? "jsonata");
const ended = endings(process.stdout);
const flow = DBOS.registerWorkflow(
  async (event) => {
    const deal = await maps.deal(event);
    const customer = await DBOS.runStep(() => makeCustomer(deal), { name: "customer" });
    await DBOS.runStep(() => makeOrder(maps, deal, customer), { name: "order" });
  },
  { name: "deal-to-order" },
);
DBOS.setConfig({
  name: "bench",
  systemDatabaseUrl: process.env["DATABASE_URL"],
  systemDatabasePoolSize: 20,
  logLevel: "warn",
  enableOTLP: false,
  applicationVersion: "1",
  executorID: "local",
});
await DBOS.launch();
const url = await front(async (event) => {
  // Resolves once the workflow is recorded.
  const handle = await DBOS.startWorkflow(flow, { workflowID: event.eventId })(event);
  void handle.getResult().then(() => ended(event.eventId));
  return event.eventId;
});
reportTo(process, url);
process.on("disconnect", () => {
  void DBOS.shutdown().then(() => process.exit());
});
