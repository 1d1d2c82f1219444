import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Delivery } from "../../model/delivery.ts";
import type { RawOutcome } from "../../model/request.ts";

type Labels = Readonly<Record<string, string>>;
/** Values by label pairs: bounded words only, never ids. */
export type Samples = readonly (readonly [labels: Labels, value: number])[];

/** What each counter counts, and by what. */
const counters = {
  sluice_http_requests_total: { help: "Requests answered.", labels: ["area", "status"] },
  sluice_http_refusals_total: { help: "Requests refused.", labels: ["code"] },
  sluice_milestones_total: {
    help: "Milestones of the business that runs reached.",
    labels: ["flow", "milestone"],
  },
  sluice_webhook_messages_total: {
    help: "Facts that webhooks brought.",
    labels: ["adapter", "webhook", "outcome"],
  },
} as const;
export type CounterName = keyof typeof counters;

/** From a local look-up to a partner that takes its time. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * What is counted and timed since the process began, in the Prometheus text format. What the store
 * and the engine know by themselves is asked for when somebody scrapes.
 */
export class Meter {
  readonly #registry = new Registry();
  readonly #counters: Readonly<Record<CounterName, Counter>>;
  /** Counted since the last scrape, by one text: the library checks and hashes its labels each time. */
  readonly #counting = new Map<string, { readonly child: Counter.Internal; since: number }>();
  readonly #requests: Histogram<"area">;
  readonly #deliveries: Histogram<"adapter" | "operation" | "outcome">;

  constructor() {
    const registers = [this.#registry];
    const made = Object.entries(counters).map(([name, { help, labels }]) => [
      name,
      new Counter({ name, help, labelNames: [...labels], registers }),
    ]);
    this.#counters = Object.fromEntries(made) as Readonly<Record<CounterName, Counter>>;
    this.#requests = new Histogram({
      name: "sluice_http_request_seconds",
      help: "Time to answer a request.",
      labelNames: ["area"],
      buckets,
      registers,
    });
    this.#deliveries = new Histogram({
      name: "sluice_delivery_seconds",
      help: "Time of one attempt at a partner; `outcome` is the status it answered by its first digit, or why there was none.",
      labelNames: ["adapter", "operation", "outcome"],
      buckets,
      registers,
    });
  }

  add(name: CounterName, labels: Labels): void {
    let key = name as string;
    for (const label in labels) key += `\n${labels[label]}`;
    let counting = this.#counting.get(key);
    if (counting === undefined) {
      counting = { child: this.#counters[name].labels({ ...labels }), since: 0 };
      this.#counting.set(key, counting);
    }
    counting.since += 1;
  }

  answered(area: string, ms: number): void {
    this.#requests.observe({ area }, ms / 1000);
  }

  delivered({ adapter, operation }: Delivery, outcome: RawOutcome): void {
    const word =
      outcome.kind === "response" ? `${Math.floor(outcome.response.status / 100)}xx` : outcome.kind;
    this.#deliveries.observe({ adapter, operation, outcome: word }, outcome.ms / 1000);
  }

  text(): Promise<string> {
    for (const counting of this.#counting.values()) {
      if (counting.since > 0) counting.child.inc(counting.since);
      counting.since = 0;
    }
    return this.#registry.metrics();
  }
}

/** Values as they are now: made for one scrape, and forgotten. */
export class Scrape {
  readonly #registry = new Registry();

  gauge(name: string, help: string, samples: Samples): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames: Object.keys(samples[0]?.[0] ?? {}),
      registers: [this.#registry],
    });
    for (const [labels, value] of samples) gauge.set({ ...labels }, value);
  }

  /** A count that the store keeps over restarts. */
  counter(name: string, help: string, samples: Samples): void {
    const counter = new Counter({
      name,
      help,
      labelNames: Object.keys(samples[0]?.[0] ?? {}),
      registers: [this.#registry],
    });
    for (const [labels, value] of samples) counter.inc({ ...labels }, value);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
