import { closest } from "../../errors/did-you-mean.ts";
import { entriesOf, type MapEntry, textOf, valueOf } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";

export const flowSchedule: Rule = {
  code: "flow/schedule",
  docs: "A schedule that no clock can follow is found when the engine starts, or never: the 31st of February comes without a word.",
  wrong: 'trigger: { schedule: { cron: "0 25 * * *", zone: Europe/Berln } }',
  right: 'trigger: { schedule: { cron: "0 5 * * *", zone: Europe/Berlin } }',
  check(workspace, report) {
    for (const { node } of workspace.flows) {
      const trigger = valueOf(node, "trigger");
      for (const one of trigger?.kind === "list" ? trigger.items : [trigger]) {
        for (const entry of entriesOf(valueOf(one, "schedule"))) {
          if (entry.key === "cron") checkCron(entry, report);
          if (entry.key === "zone") checkZone(entry, report);
        }
      }
    }
  },
};

interface CronField {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly words?: readonly string[];
}

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const days = "sun mon tue wed thu fri sat".split(" ");
const fields: readonly CronField[] = [
  { name: "minute", from: 0, to: 59 },
  { name: "hour", from: 0, to: 23 },
  { name: "day of month", from: 1, to: 31 },
  { name: "month", from: 1, to: 12, words: months },
  { name: "day of week", from: 0, to: 7, words: days },
];

function checkCron({ value }: MapEntry, report: Report): void {
  const text = textOf(value);
  if (text === undefined) return;
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    report(value.at, `"${text}" has ${parts.length} fields; a cron expression has five`, {
      help: 'minute, hour, day of month, month, day of week: "0 6 * * 1" is Mondays at six',
    });
    return;
  }
  if (isNever(parts)) {
    report(value.at, `"${text}" never comes: no such month has that day`, {
      help: "the last day of each month is written L",
    });
    return;
  }
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? "";
    const wrong = part.split(",").find((one) => !fits(one, field));
    if (wrong === undefined) continue;
    report(value.at, `"${wrong}" is no ${field.name} in "${text}"`, {
      help: `give ${field.from} to ${field.to}, *, a range such as ${field.from}-${field.from + 4}, or a step such as */2`,
    });
  }
}

const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days that none of the months has, where no day of the week is named beside them. */
function isNever([, , dayOfMonth = "", month = "", dayOfWeek = ""]: readonly string[]): boolean {
  const days = dayOfMonth.split(",");
  if (dayOfWeek !== "*" || !days.every((day) => /^\d+$/.test(day))) return false;
  const months = month.split(",").map((one) => {
    const word = fields[3]?.words?.indexOf(one.toLowerCase()) ?? -1;
    return word >= 0 ? word + 1 : Number(one);
  });
  return months.every((one) =>
    days.every((day) => Number(day) <= 31 && Number(day) > (longest[one - 1] ?? 31)),
  );
}

/** One entry of a field: `*`, a value, a range, each with a step; `L`, `W` and `#` where days stand. */
function fits(part: string, field: CronField): boolean {
  const [range = "", step, more] = part.split("/");
  if (more !== undefined || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (range === "*" || range === "?") return true;
  const [from = "", to, rest] = range.split("-");
  if (rest !== undefined) return false;
  const ends = to === undefined ? [from] : [from, to];
  return ends.every((end) => isValue(end, field));
}

function isValue(text: string, { name, from, to, words = [] }: CronField): boolean {
  if (words.includes(text.toLowerCase())) return true;
  const special = name.startsWith("day") ? text.replace(/(?:L|W|#(?:[1-5]|L))$/i, "") : text;
  if (special === "" && /^[LW]$/i.test(text)) return true;
  if (words.includes(special.toLowerCase())) return true;
  return /^\d{1,2}$/.test(special) && Number(special) >= from && Number(special) <= to;
}

function checkZone({ value }: MapEntry, report: Report): void {
  const zone = textOf(value);
  if (zone === undefined || isZone(zone)) return;
  const known = Intl.supportedValuesOf("timeZone");
  const meant = closest(zone, known);
  const help = "name a zone of the IANA database, such as Europe/Berlin, or UTC";
  const guess = meant === undefined ? "" : `. Did you mean "${meant}"?`;
  report(value.at, `"${zone}" is no time zone${guess}`, { help });
}

function isZone(zone: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: zone }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
