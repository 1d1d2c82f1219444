import { parseCalendarDate } from "./calendar-date.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const adapterLegacy: Rule = {
  code: "adapter/legacy",
  docs: "A legacy source says until when it may be used, so that nobody is surprised by its end. The days that are left are counted where the date is known: in `sluice validate`.",
  wrong: "adapter: order-drop\nlegacy: true",
  right: "adapter: order-drop\nlegacy: true\nsunset: 2027-06-30",
  check(workspace, report) {
    for (const { name, sunset, at } of legacyAdapters(workspace)) {
      if (sunset === undefined) {
        report(at, `"${name}" is legacy and does not say until when`, {
          help: "add sunset: <date>, such as 2027-06-30",
        });
        continue;
      }
      const left = daysLeft(sunset, workspace);
      if (parseCalendarDate(sunset) !== undefined && (left === undefined || left >= 0)) {
        const days = left === undefined ? "" : `: ${left} ${left === 1 ? "day" : "days"} left`;
        report(at, `"${name}" is legacy and ends after ${sunset}${days}`, {
          help: "plan what plays its role from then on",
        });
      }
    }
  },
};

export const adapterSunset: Rule = {
  code: "adapter/sunset",
  docs: "After the sunset of a legacy source the workspace is refused, so that the end is decided and not forgotten. An engine that runs is not stopped by the date: `sluice validate` is the gate.",
  wrong: "adapter: order-drop\nlegacy: true\nsunset: 2020-06-30",
  right: "adapter: order-drop\nlegacy: true\nsunset: 2099-06-30",
  check(workspace, report) {
    for (const { name, sunset, at } of legacyAdapters(workspace)) {
      if (sunset === undefined) continue;
      if (parseCalendarDate(sunset) === undefined) {
        report(at, `sunset "${sunset}" is no date`, { help: "write it as 2027-06-30" });
        continue;
      }
      const left = daysLeft(sunset, workspace);
      if (left === undefined || left >= 0) continue;
      report(
        at,
        `"${name}" was to end after ${sunset}, ${-left} ${left === -1 ? "day" : "days"} ago`,
        {
          help: "remove the adapter, or decide on a later sunset and say it here",
        },
      );
    }
  },
};

function legacyAdapters({ adapters }: Workspace) {
  return adapters
    .filter(({ plan }) => plan.legacy === true || plan.sunset !== undefined)
    .map(({ name, plan: { at, sunset } }) => ({ name, at, sunset }));
}

/** Whole days until the last day of use; negative after it. */
function daysLeft(sunset: string, { present: { today } }: Workspace): number | undefined {
  const end = parseCalendarDate(sunset);
  const now = today === undefined ? undefined : parseCalendarDate(today);
  return end === undefined || now === undefined ? undefined : end - now;
}
