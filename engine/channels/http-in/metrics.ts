import type { HandlerContext } from "./context.ts";
import type { ClockView, EngineView, InsightPort, OutlookView, StoreView } from "./engine-port.ts";
import { type Samples, Scrape } from "./meter.ts";

const circuitStates = { closed: 0, "half-open": 1, open: 2 } as const;

/** The engine's numbers in the Prometheus text format. No id and no payload is in it. */
export async function writeMetrics(context: HandlerContext): Promise<string> {
  const scrape = new Scrape();
  const status = context.engine.status();
  const counts = await context.read.counts();
  engineGauges(scrape, context, status);
  adapterGauges(scrape, status, context.clock.now());
  outlookGauges(scrape, await context.engine.outlook());
  storeSeries(scrape, status, counts);
  if (context.store !== undefined) storeGauges(scrape, context.store());
  if (context.clocks !== undefined) clockGauges(scrape, context.clocks());
  if (context.insight !== undefined) await insightSeries(scrape, context.insight);
  return [await scrape.text(), await context.meter.text()].join("\n");
}

function engineGauges(scrape: Scrape, { findings }: HandlerContext, status: EngineView): void {
  const errors = (findings?.() ?? []).filter(({ severity }) => severity === "error").length;
  const one = (value: number): Samples => [[{}, value]];
  scrape.gauge(
    "sluice_up",
    "1 while the engine takes work.",
    one(status.state === "running" ? 1 : 0),
  );
  scrape.gauge("sluice_generation_info", "The current generation.", [
    [{ generation: status.generation }, 1],
  ]);
  scrape.gauge(
    "sluice_reload_findings",
    "Errors of the last reload that was refused.",
    one(errors),
  );
  scrape.gauge("sluice_backlog", "Runs neither ended nor parked.", one(status.backlog));
  scrape.gauge("sluice_deciding", "Runs that are being decided.", one(status.deciding));
  scrape.gauge("sluice_sending", "Requests on their way.", one(status.sending));
  scrape.gauge("sluice_api_waiting", "API callers that wait for an answer.", one(status.waiting));
  scrape.gauge("sluice_paused", "Pauses in force.", one(status.paused.length));
}

function adapterGauges(scrape: Scrape, { adapters }: EngineView, now: number): void {
  const by = (value: (one: EngineView["adapters"][number]) => number): Samples =>
    adapters.map((one) => [{ adapter: one.adapter }, value(one)]);
  scrape.gauge(
    "sluice_adapter_queued",
    "Deliveries that are due and wait.",
    by(({ queued }) => queued),
  );
  scrape.gauge(
    "sluice_adapter_sending",
    "Requests on their way.",
    by(({ sending }) => sending),
  );
  scrape.gauge(
    "sluice_adapter_oldest_seconds",
    "Age of the oldest delivery that is due.",
    by(({ oldestDue }) => (oldestDue === undefined ? 0 : Math.max(0, (now - oldestDue) / 1000))),
  );
  scrape.gauge(
    "sluice_adapter_circuit",
    "0 closed, 1 half-open, 2 open.",
    by(({ circuit }) => circuitStates[circuit]),
  );
}

function outlookGauges(scrape: Scrape, { adapters, draining }: OutlookView): void {
  scrape.gauge("sluice_draining", "Drains in force.", [[{}, draining.length]]);
  scrape.gauge(
    "sluice_adapter_waiting",
    "Requests that wait, those of runs not begun included.",
    adapters.map(({ adapter, requests }) => [{ adapter }, requests]),
  );
  scrape.gauge(
    "sluice_adapter_drain_seconds",
    "How long what waits will take, as far as it can be told.",
    adapters.flatMap(({ adapter, drainMs }) =>
      drainMs === undefined ? [] : [[{ adapter }, drainMs / 1000] as const],
    ),
  );
}

function storeSeries(
  scrape: Scrape,
  { unmapped }: EngineView,
  counts: Readonly<Record<string, number>>,
): void {
  scrape.counter(
    "sluice_unmapped_errors_total",
    "Vendor errors that no rule of their adapter names.",
    unmapped.map(({ adapter, status, count }) => [{ adapter, status: String(status) }, count]),
  );
  scrape.counter(
    "sluice_duplicates_prevented_total",
    "Messages that were known already: no second run, no second effect.",
    [[{}, counts["duplicates"] ?? 0]],
  );
  scrape.gauge(
    "sluice_store_rows",
    "Rows of the store by kind.",
    Object.entries(counts).map(([kind, value]) => [{ kind }, value]),
  );
}

function storeGauges(
  scrape: Scrape,
  { bytes, logBytes, freeBytes, disk, kept, waiting, warnings }: StoreView,
): void {
  const parts = { file: bytes, log: logBytes, free: freeBytes };
  scrape.gauge(
    "sluice_store_bytes",
    "Size of the store: its file, the log beside it, and what is free within the file.",
    Object.entries(parts).map(([part, value]) => [{ part }, value]),
  );
  if (disk !== undefined) {
    scrape.gauge("sluice_store_disk_bytes", "Size of the disk that the store is on.", [
      [{}, disk.bytes],
    ]);
    scrape.gauge("sluice_store_disk_free_bytes", "Room left on the disk that the store is on.", [
      [{}, disk.freeBytes],
    ]);
  }
  scrape.gauge(
    "sluice_store_kept",
    "What is kept: messages, those whose payload is there, rows of the audit.",
    Object.entries(kept).map(([kind, value]) => [{ kind }, value]),
  );
  scrape.gauge(
    "sluice_retention_waiting",
    "Messages that are over and still needed.",
    Object.entries(waiting).map(([kind, value]) => [{ class: kind }, value]),
  );
  scrape.gauge("sluice_store_warnings", "Warnings of the store in force.", [[{}, warnings.length]]);
}

function clockGauges(scrape: Scrape, { jumps, skews }: ClockView): void {
  scrape.counter("sluice_clock_jumps_total", "How often the machine's clock was set.", [
    [{}, jumps],
  ]);
  scrape.gauge(
    "sluice_clock_skew_seconds",
    "How far a partner's clock is ahead of this machine's, by the Date of its last answer.",
    skews.map(({ adapter, ms }) => [{ adapter }, ms / 1_000]),
  );
}

async function insightSeries(scrape: Scrape, insight: InsightPort): Promise<void> {
  const { issues, promises } = await insight.counts();
  const by = (value: (one: (typeof promises)[number]) => number): Samples =>
    promises.map((one) => [{ flow: one.flow, milestone: one.milestone ?? "complete" }, value(one)]);
  scrape.gauge(
    "sluice_issues",
    "Unresolved issues by category.",
    Object.entries(issues).map(([category, count]) => [{ category }, count]),
  );
  scrape.counter(
    "sluice_failures_total",
    "Failures by how the run stands (`invalid`: what could not be transformed) and class.",
    (await insight.read.totals()).map(({ kind, class: failed, failures }) => [
      { kind, class: failed },
      failures,
    ]),
  );
  scrape.gauge(
    "sluice_sla_broken",
    "Runs that are late.",
    by(({ broken }) => broken),
  );
  scrape.gauge(
    "sluice_sla_at_risk",
    "Runs with little time left.",
    by(({ atRisk }) => atRisk),
  );
}
