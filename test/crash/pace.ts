import { setTimeout as after } from "node:timers/promises";

/** Paces a load or a look at another process; no result depends on its length. */
export async function pace(ms: number): Promise<void> {
  await after(ms);
}
