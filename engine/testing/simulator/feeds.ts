import { createPolls } from "../../channels/poll/index.ts";
import { createSchedules } from "../../channels/schedule/index.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { Engine, World } from "../../runtime/index.ts";

/** What asks for messages in one process, as a running engine has it: its schedules and its polls. */
export interface Feeds {
  follow(generation: Generation): void;
  stop(): Promise<void>;
}

export function feedsOf(world: World, engine: Engine): Feeds {
  const ending = new AbortController();
  const { clock, ids, log, secrets, store } = world;
  const shared = {
    clock,
    ids,
    log,
    secrets,
    receiver: engine,
    checkpoint: store.checkpoint.bind(store),
    saveCheckpoint: store.saveCheckpoint.bind(store),
  };
  const schedules = createSchedules(shared);
  const polls = createPolls({
    ...shared,
    room: () => engine.room(),
    send: (delivery) => engine.read(delivery, ending.signal),
  });
  return {
    follow: (generation) => {
      schedules.follow(generation);
      polls.follow(generation);
    },
    stop: async () => {
      ending.abort();
      await schedules.stop();
      await polls.stop();
    },
  };
}
