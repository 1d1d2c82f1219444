import type { Base } from "./base.ts";
import type { Meter } from "../channels/http-in/index.ts";
import { createPolls } from "../channels/poll/index.ts";
import { createSchedules } from "../channels/schedule/index.ts";
import type { IncidentSight } from "./incidents.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Engine } from "../runtime/index.ts";
import { decode, encode } from "../steps/operation/codec.ts";
import type { Store } from "../ports/store.ts";

/** Schedules and polls: what asks for messages instead of being told. */
export function feedsOf(
  base: Base,
  {
    store,
    engine,
    meter,
    sight,
  }: {
    readonly store: Store;
    readonly engine: Engine;
    readonly meter: Meter;
    readonly sight: IncidentSight;
  },
) {
  const ending = new AbortController();
  const shared = {
    ...base,
    receiver: engine,
    checkpoint: store.checkpoint.bind(store),
    saveCheckpoint: store.saveCheckpoint.bind(store),
  };
  const schedules = createSchedules({
    ...shared,
    missed: async ({ flow, first, last, ...detail }) => {
      const times = { first: new Date(first).toISOString(), last: new Date(last).toISOString() };
      const target = `flow ${flow}`;
      await store.audit(
        { actor: "schedule", action: "missed", target, detail: { ...detail, ...times } },
        base.clock.now(),
      );
    },
  });
  const polls = createPolls({
    ...shared,
    room: () => engine.room(),
    send: (delivery) => engine.read(delivery, ending.signal),
    decode: (body, { codec }) => decode(body, codec),
    encode: (value, to, { codec }, { schemas }) =>
      encode(value, codec, to === undefined ? undefined : schemas.get(to), schemas),
    checked: sight.checked.bind(sight),
    missed: async ({ adapter, webhook, poll, ids }) => {
      for (const _ of ids) {
        meter.add("sluice_webhook_messages_total", { adapter, webhook, outcome: "missed" });
      }
      const detail = { count: ids.length, ids: ids.slice(0, 1_000) };
      await store.audit(
        {
          actor: `poll ${adapter}.${poll}`,
          action: "missed",
          target: `webhook ${adapter}.${webhook}`,
          detail,
        },
        base.clock.now(),
      );
    },
  });
  return {
    follow: (generation: Generation): void => {
      schedules.follow(generation);
      polls.follow(generation);
    },
    stop: async (): Promise<void> => {
      ending.abort();
      await schedules.stop();
      await polls.stop();
    },
  };
}
