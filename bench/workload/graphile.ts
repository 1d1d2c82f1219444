/**
 * The workload on graphile-worker, tuned (a local queue, completions in batches): one job a flow, and
 * a table of our own for the results of its steps, which the library does not have.
 */
import { front } from "./front.ts";
import { peer } from "./peer-package.ts";
import { endings, reportTo } from "./report.ts";
import { type Event, type Made, makeCustomer, makeOrder, mapsOf } from "./steps.ts";

interface Pool {
  query(query: {
    readonly name?: string;
    readonly text: string;
    readonly values?: readonly unknown[];
  }): Promise<{ readonly rows: readonly Readonly<Record<string, string>>[] }>;
}

interface Pg {
  readonly default: {
    readonly Pool: new (options: { connectionString: string; max: number }) => Pool;
  };
}

interface Graphile {
  run(options: Readonly<Record<string, unknown>>): Promise<{ stop(): Promise<void> }>;
  makeWorkerUtils(
    options: Readonly<Record<string, unknown>>,
  ): Promise<{ migrate(): Promise<void> }>;
  readonly Logger: new (
    scope: () => (level: string, message: string) => void,
  ) => Readonly<Record<string, unknown>>;
}

const connectionString = process.env["DATABASE_URL"] ?? "";
const maps = mapsOf(process.argv[3] ?? "jsonata");
const ended = endings(process.stdout);
const { default: pg } = await peer<Pg>("pg");
const graphile = await peer<Graphile>("graphile-worker");
const pool = new pg.Pool({ connectionString, max: 20 });
const logger = new graphile.Logger(() => (level, message) => {
  if (level === "error") process.stderr.write(`${message}\n`);
});
await (await graphile.makeWorkerUtils({ pgPool: pool, logger })).migrate();
await pool.query({
  text: `CREATE TABLE flow (id text PRIMARY KEY, event text NOT NULL, status text NOT NULL, ended_at timestamptz);
CREATE TABLE step (flow text, step text, result text NOT NULL, PRIMARY KEY (flow, step));`,
});

async function step(id: string, name: string, make: () => Promise<Made>): Promise<Made> {
  const known = await pool.query({
    name: "known",
    text: "SELECT result FROM step WHERE flow = $1 AND step = $2",
    values: [id, name],
  });
  const [row] = known.rows;
  if (row !== undefined) return JSON.parse(row["result"] ?? "{}") as Made;
  const made = await make();
  await pool.query({
    name: "step",
    text: "INSERT INTO step (flow, step, result) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    values: [id, name, JSON.stringify(made)],
  });
  return made;
}

async function flow({ id }: { readonly id: string }): Promise<void> {
  const found = await pool.query({
    name: "flow",
    text: "SELECT event FROM flow WHERE id = $1",
    values: [id],
  });
  const deal = await maps.deal(JSON.parse(found.rows[0]?.["event"] ?? "{}") as Event);
  const customer = await step(id, "customer", () => makeCustomer(deal));
  await step(id, "order", () => makeOrder(maps, deal, customer));
  await pool.query({
    name: "end",
    text: "UPDATE flow SET status = 'done', ended_at = now() WHERE id = $1",
    values: [id],
  });
  ended(id);
}

const runner = await graphile.run({
  logger,
  noHandleSignals: true,
  taskList: { flow },
  preset: {
    worker: {
      connectionString,
      concurrentJobs: 64,
      maxPoolSize: 20,
      pollInterval: 500,
      localQueue: { size: 65 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  },
});
const url = await front(async ({ eventId }, text) => {
  await pool.query({
    name: "accept",
    text: `WITH new AS (INSERT INTO flow (id, event, status) VALUES ($1, $2, 'accepted') ON CONFLICT DO NOTHING RETURNING id)
SELECT graphile_worker.add_job('flow', json_build_object('id', new.id)) IS NOT NULL FROM new`,
    values: [eventId, text],
  });
  return eventId;
});
reportTo(process, url);
process.on("disconnect", () => {
  void runner.stop().then(() => process.exit());
});
