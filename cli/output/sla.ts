import type { SlaReport } from "../../engine/index.ts";
import { table } from "./table.ts";
import { styles, type Terminal } from "./terminal.ts";
import { spanText, timeText } from "./time.ts";

const openShown = 20;

/** Shares kept, then what is late, then what has little time left, then milestones by day. */
export function slaText(report: SlaReport, terminal: Terminal): string {
  const style = styles(terminal);
  const { promises, milestones, since } = report;
  if (promises.length === 0) return "no flow promises anything: `sla` says it\n";
  const open = promises.flatMap(({ flow, milestone = "complete", broken, atRisk }) =>
    [...broken, ...atRisk].map((run) => ({ flow, milestone, ...run })),
  );
  const urgent = open.toSorted((a, b) => a.leftMs - b.leftMs);
  return [
    `runs begun since ${timeText(since).slice(0, 19)} UTC`,
    "",
    table(
      ["flow", "promise", "within", "in time", "of", "average", "longest", "broken", "at risk"],
      promises.map((one) => [
        one.flow,
        one.milestone ?? "complete",
        spanText(one.withinMs),
        one.inTimePercent === null ? "" : `${one.inTimePercent} %`,
        String(one.due),
        one.averageMs === null ? "" : spanText(one.averageMs),
        one.longestMs === null ? "" : spanText(one.longestMs),
        one.broken.length === 0 ? "0" : style.bad(String(one.broken.length)),
        one.atRisk.length === 0 ? "0" : style.warn(String(one.atRisk.length)),
      ]),
    ),
    ...(urgent.length === 0
      ? []
      : [
          table(
            ["time left", "flow", "promise", "key", "run", "status"],
            urgent
              .slice(0, openShown)
              .map(({ leftMs, flow, milestone, laneKey, runId, status }) => [
                leftMs <= 0 ? style.bad(`late ${spanText(-leftMs)}`) : style.warn(spanText(leftMs)),
                flow,
                milestone,
                laneKey ?? "",
                runId,
                status,
              ]),
          ),
          ...(urgent.length > openShown
            ? [`… ${urgent.length - openShown} more with --json\n`]
            : []),
        ]),
    ...(milestones.length === 0
      ? []
      : [
          table(
            ["day", "milestone", "reached", "average lag", "longest lag"],
            milestones.map(({ day, name, count, averageMs, longestMs }) => [
              day,
              name,
              String(count),
              spanText(averageMs),
              spanText(longestMs),
            ]),
          ),
        ]),
  ].join("\n");
}
