import type { HandlerContext } from "./context.ts";
import { writeLabels } from "./counters.ts";
import type { EngineView, OutlookView } from "./engine-port.ts";

const circuitStates = { closed: 0, "half-open": 1, open: 2 } as const;

/** The engine's numbers in the Prometheus text format. No id and no payload is in it. */
export async function writeMetrics(context: HandlerContext): Promise<string> {
  const status = context.engine.status();
  const now = context.clock.now();
  const counts = await context.read.counts();
  const outlook = await context.engine.outlook();
  return [
    gauge("sluice_up", "1 while the engine takes work.", [
      [{}, status.state === "running" ? 1 : 0],
    ]),
    gauge("sluice_generation_info", "The current generation.", [
      [{ generation: status.generation }, 1],
    ]),
    gauge("sluice_reload_findings", "Errors of the last reload that was refused.", [
      [{}, (context.findings?.() ?? []).filter(({ severity }) => severity === "error").length],
    ]),
    gauge("sluice_backlog", "Runs neither ended nor parked.", [[{}, status.backlog]]),
    gauge("sluice_deciding", "Runs that are being decided.", [[{}, status.deciding]]),
    gauge("sluice_sending", "Requests on their way.", [[{}, status.sending]]),
    gauge("sluice_api_waiting", "API callers that wait for an answer.", [[{}, status.waiting]]),
    gauge("sluice_paused", "Pauses in force.", [[{}, status.paused.length]]),
    gauge("sluice_draining", "Drains in force.", [[{}, outlook.draining.length]]),
    ...adapterGauges(status, now),
    ...outlookGauges(outlook),
    series(
      "counter",
      "sluice_unmapped_errors_total",
      "Vendor errors that no rule of their adapter names.",
      status.unmapped.map(({ adapter, status: answered, count }) => [
        { adapter, status: String(answered) },
        count,
      ]),
    ),
    gauge(
      "sluice_store_rows",
      "Rows of the store by kind.",
      Object.entries(counts).map(([kind, value]) => [{ kind }, value]),
    ),
    ...context.counters.lines(),
    "",
  ].join("\n");
}

function adapterGauges({ adapters }: EngineView, now: number): readonly string[] {
  const by = (value: (one: EngineView["adapters"][number]) => number): Samples =>
    adapters.map((one) => [{ adapter: one.adapter }, value(one)]);
  return [
    gauge(
      "sluice_adapter_queued",
      "Deliveries that are due and wait.",
      by(({ queued }) => queued),
    ),
    gauge(
      "sluice_adapter_sending",
      "Requests on their way.",
      by(({ sending }) => sending),
    ),
    gauge(
      "sluice_adapter_oldest_seconds",
      "Age of the oldest delivery that is due.",
      by(({ oldestDue }) => (oldestDue === undefined ? 0 : Math.max(0, (now - oldestDue) / 1000))),
    ),
    gauge(
      "sluice_adapter_circuit",
      "0 closed, 1 half-open, 2 open.",
      by(({ circuit }) => circuitStates[circuit]),
    ),
  ];
}

function outlookGauges({ adapters }: OutlookView): readonly string[] {
  return [
    gauge(
      "sluice_adapter_waiting",
      "Requests that wait, those of runs not begun included.",
      adapters.map(({ adapter, requests }) => [{ adapter }, requests]),
    ),
    gauge(
      "sluice_adapter_drain_seconds",
      "How long what waits will take, as far as it can be told.",
      adapters.flatMap(({ adapter, drainMs }) =>
        drainMs === undefined ? [] : [[{ adapter }, drainMs / 1000] as const],
      ),
    ),
  ];
}

type Samples = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

function gauge(name: string, help: string, samples: Samples): string {
  return series("gauge", name, help, samples);
}

function series(type: "gauge" | "counter", name: string, help: string, samples: Samples): string {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${writeLabels(labels)} ${value}`),
  ].join("\n");
}
