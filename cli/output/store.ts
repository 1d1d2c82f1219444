import type { PurgeState, StoreView } from "../../engine/index.ts";
import { bytesText } from "./bytes.ts";
import { purgeWords } from "./purge.ts";
import { styles, type Terminal } from "./terminal.ts";
import { timeText } from "./time.ts";

/** How the store stands, in a status. */
export function storeLines(
  { store, purge }: { readonly store?: StoreView; readonly purge?: PurgeState },
  terminal: Terminal,
): readonly string[] {
  if (store === undefined) return [];
  const style = styles(terminal);
  const { bytes, logBytes, freeBytes, disk, kept, waiting, oldest, warnings } = store;
  const since = oldest === undefined ? "" : ` since ${timeText(oldest).slice(0, 10)}`;
  const needed = Math.max(waiting.payloads, waiting.history);
  return [
    `  store       ${bytesText(bytes)}, of it free ${bytesText(freeBytes)}; log ${bytesText(logBytes)}${disk === undefined ? "" : `; ${bytesText(disk.freeBytes)} left on the disk`}`,
    `  keeps       messages ${kept.messages}${since}, payloads ${kept.payloads}, audit ${kept.audit}${needed === 0 ? "" : `; over and still needed ${needed}`}`,
    ...(purge === undefined || purge.endedAt !== undefined ? [] : [`  ${purgeWords(purge)}`]),
    ...warnings.map(({ message, help }) => `  ${style.bad(message)}\n    ${help}`),
  ];
}
