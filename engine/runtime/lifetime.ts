import type { Json } from "../model/json.ts";
import type { Recovered } from "../ports/store.ts";
import type { Activity } from "./activity.ts";
import type { World } from "./world.ts";

/** `running` while a process works on the store; after an orderly stop, what it had taken and not sent. */
const lifeCheckpoint = "runtime:life";

/** How the process before this one ended. */
export interface Before {
  readonly recovered: Recovered;
  readonly crashed: boolean;
  /** Ids of deliveries that it had taken and never sent. */
  readonly unsent: readonly string[];
}

/** Marks the store as being worked on, and takes up what the process before left. */
export async function beginLife({ clock, store }: World): Promise<Before> {
  const before = await store.checkpoint(lifeCheckpoint);
  const recovered = await store.recover(clock.now());
  await store.saveCheckpoint(lifeCheckpoint, "running", clock.now());
  return { recovered, crashed: before === "running", unsent: unsentOf(before) };
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

function unsentOf(saved: Json): readonly string[] {
  return Array.isArray(saved) ? saved.filter((id) => typeof id === "string") : [];
}
