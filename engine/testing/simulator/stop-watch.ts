import type { Delivery } from "../../model/delivery.ts";
import type { Instant } from "../../model/json.ts";
import type { PauseTarget } from "../../model/operator.ts";
import type { Host } from "./partners.ts";

/** What had left its queue before a pause may still be on its way to the wire: its mark is committed first. */
const graceMs = 5_000;

/** Flows of the simulation's workspace that call a system themselves, and are told by nobody else to begin. */
const callers: Readonly<Record<Host, readonly string[]>> = {
  crm: ["note-to-crm", "opportunity-to-order"],
  billing: ["closing", "opportunity-to-order"],
  support: ["account-latest"],
  erp: [],
};

/** Flows whose runs belong to a region, by the account that is their key. */
const regional = ["note-to-crm", "visit-to-erp"];

/** As these flows declare. */
const regionOf = (account: string | undefined): string => (account === "A1" ? "north" : "south");

/** `pause`: nothing of it goes on. `drain`: nothing new of it begins. */
type Mode = "pause" | "drain";

interface Stop {
  readonly target: PauseTarget;
  readonly mode: Mode;
  readonly since: Instant;
}

/** Sees whether what people stopped stands still: systems, flows, keys of them, regions. */
export class StopWatch {
  readonly #stops = new Map<string, Stop>();

  /** The stop is on record. */
  stopped(target: PauseTarget, mode: Mode, now: Instant): void {
    const name = nameOf(target);
    if (this.#stops.get(name)?.mode !== mode) this.#stops.set(name, { target, mode, since: now });
  }

  /** Somebody ends it, whatever comes of that. */
  goesOn(target: PauseTarget): void {
    this.#stops.delete(nameOf(target));
  }

  /** What is wrong with a request that is sent now. */
  sending(delivery: Delivery, now: Instant): readonly string[] {
    const { flow, laneKey } = delivery;
    return this.#standing(now)
      .filter(
        ({ target, mode }) =>
          mode === "pause" &&
          (target.kind === "system"
            ? target.system === delivery.system
            : concerns(target, flow, () => laneKey)),
      )
      .map(({ target }) => `${nameOf(target)} was paused, and a request was sent for ${flow}`);
  }

  /** What is wrong with a run that began at `at`; `laneKey` is asked for only where it matters. */
  beginning(flow: string, at: Instant, laneKey: () => string | undefined): readonly string[] {
    return this.#standing(at)
      .filter(({ target, mode }) =>
        target.kind === "system"
          ? mode === "drain" && isHost(target.system) && callers[target.system].includes(flow)
          : concerns(target, flow, laneKey),
      )
      .map(({ target }) => `${nameOf(target)} was stopped, and a run of ${flow} began`);
  }

  /** Stops that were on record for so long at a time that everyone knows. */
  #standing(at: Instant): readonly Stop[] {
    return [...this.#stops.values()].filter(({ since }) => at - since > graceMs);
  }
}

function concerns(
  target: Exclude<PauseTarget, { kind: "system" }>,
  flow: string,
  laneKey: () => string | undefined,
): boolean {
  if (target.kind === "region")
    return regional.includes(flow) && regionOf(laneKey()) === target.region;
  if (target.flow !== flow) return false;
  return target.kind === "flow" || target.laneKey === laneKey();
}

function nameOf(target: PauseTarget): string {
  switch (target.kind) {
    case "system":
      return target.system;
    case "flow":
      return `the flow ${target.flow}`;
    case "key":
      return `${target.laneKey} of ${target.flow}`;
    case "region":
      return `the region ${target.region}`;
  }
}

const isHost = (system: string): system is Host => Object.hasOwn(callers, system);
