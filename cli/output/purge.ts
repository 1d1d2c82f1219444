import type { PurgeOutlook, PurgeState, RetentionClass } from "../../engine/index.ts";
import { bytesText } from "./bytes.ts";
import { timeText } from "./time.ts";
import { count } from "./words.ts";

const nouns: Readonly<Record<RetentionClass, readonly [noun: string, verb: string]>> = {
  payloads: ["payload", "emptied"],
  history: ["message", "removed with all of its runs"],
  audit: ["row", "removed"],
};

const needs = {
  run: "of runs that are not over",
  issue: "of open issues",
  replay: "of replays under way",
  event: "waited for as events",
} as const;

/** What a purge would do, a class a line. */
export function outlookText({ cutoffs, classes }: PurgeOutlook): string {
  const lines = entries(classes).flatMap(([kind, { over, bytes, needed }]) => {
    const [noun] = nouns[kind];
    const size = bytes === 0 ? "" : `, ${bytesText(bytes)} as received`;
    const kept = Object.entries(needed).filter(([, amount]) => amount > 0);
    return [
      `${kind.padEnd(9)} before ${day(cutoffs[kind])}: ${count(over, noun)} over${size}`,
      ...kept.map(
        ([why, amount]) => `          ${amount} stay: ${needs[why as keyof typeof needs]}`,
      ),
    ];
  });
  return `${lines.join("\n")}\nnothing was changed\n`;
}

/** What a purge did. */
export function purgeText(state: PurgeState): string {
  const { cutoffs, done, waiting, freeBytes, why, endedAt } = state;
  const lines = entries(cutoffs).map(([kind]) => {
    const [noun, verb] = nouns[kind];
    const stay = waiting[kind] === 0 ? "" : `, ${waiting[kind]} still needed`;
    return `${kind.padEnd(9)} before ${day(cutoffs[kind])}: ${count(done[kind], noun)} ${verb}${stay}`;
  });
  return [
    ...lines,
    ...(done.keys === 0 ? [] : [`keys      ${done.keys} forgotten, their own time being over`]),
    ...(freeBytes === undefined || freeBytes === 0
      ? []
      : [`file      ${bytesText(freeBytes)} are free within it, and are used again`]),
    ...(endedAt === undefined ? ["it goes on: `sluice status` says how far it is"] : []),
    ...(why === undefined ? [] : [`it stopped early: ${why}`]),
    "",
  ].join("\n");
}

/** One line on how far it is. */
export function purgeWords({ at, done, cutoffs }: PurgeState): string {
  const counts = entries(cutoffs).map(([kind]) => `${kind} ${done[kind]}`);
  return `purging ${at === "file" ? "(giving pages back)" : at}: ${counts.join(", ")}`;
}

function entries<T>(classes: { readonly [Class in RetentionClass]?: T }) {
  return Object.entries(classes) as readonly (readonly [RetentionClass, T])[];
}

function day(at: number | undefined): string {
  return at === undefined ? "" : timeText(at).slice(0, 16);
}
