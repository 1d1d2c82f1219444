import { type Instant, isJsonObject, type Json } from "../model/json.ts";
import type { Recovered } from "../ports/store.ts";
import type { Activity } from "./activity.ts";
import type { World } from "./world.ts";

/** `running` while a process works on the store; after an orderly stop, what it had taken and not sent. */
const lifeCheckpoint = "runtime:life";
/** How often a process ended without an orderly stop, and when the next one found out. */
const crashCheckpoint = "runtime:crashes";

/** The crashes of a store so far, and when the last one was found out. */
export interface Crashes {
  readonly count: number;
  readonly at: Instant;
}

/** How the process before this one ended. */
export interface Before {
  readonly recovered: Recovered;
  readonly crashed: boolean;
  readonly crashes: Crashes;
  /** Ids of deliveries that it had taken and never sent. */
  readonly unsent: readonly string[];
}

/** Marks the store as being worked on, and takes up what the process before left. */
export async function beginLife({ clock, store }: World): Promise<Before> {
  const before = await store.checkpoint(lifeCheckpoint);
  const crashed = before === "running";
  const known = crashesOf(await store.checkpoint(crashCheckpoint));
  const crashes = crashed ? { count: known.count + 1, at: clock.now() } : known;
  // Before anything else: whoever is stopped in order now leaves it to the next.
  if (crashed) await store.saveCheckpoint(crashCheckpoint, { ...crashes }, clock.now());
  const recovered = await store.recover(clock.now());
  await store.saveCheckpoint(lifeCheckpoint, "running", clock.now());
  return { recovered, crashed, crashes, unsent: unsentOf(before) };
}

export async function endLife({ clock, store }: World, unsent: readonly string[]): Promise<void> {
  await store.saveCheckpoint(lifeCheckpoint, [...unsent], clock.now());
}

/** True when all that is under way has ended within `drainMs`. */
export async function drained(
  { clock }: World,
  activity: Activity,
  drainMs: number,
): Promise<boolean> {
  let cancel = (): void => {};
  const late = new Promise<boolean>((resolve) => {
    cancel = clock.schedule(clock.now() + drainMs, () => resolve(false));
  });
  const isDrained = await Promise.race([activity.idle().then(() => true), late]);
  cancel();
  return isDrained;
}

function crashesOf(saved: Json): Crashes {
  const { count, at } = isJsonObject(saved) ? saved : {};
  return typeof count === "number" && typeof at === "number"
    ? { count, at }
    : { count: 0, at: -Infinity };
}

function unsentOf(saved: Json): readonly string[] {
  return Array.isArray(saved) ? saved.filter((id) => typeof id === "string") : [];
}
