import type { Instant } from "../model/json.ts";
import type { AdapterPlan } from "../model/plan/adapter.ts";

type Headers = Readonly<Record<string, string>>;

/**
 * Until when nothing is left of what the partner grants, as it says with any answer: in `RateLimit`
 * (IETF, structured fields), in the three headers of its earlier drafts, or in those that the adapter
 * names. Undefined while something is left.
 */
export function exhaustedUntil(
  headers: Headers,
  now: Instant,
  plan?: AdapterPlan["rateLimit"],
): Instant | undefined {
  const ends = [
    // Most answers say nothing of limits.
    ...(headers["ratelimit"] === undefined ? [] : ofField(headers, now)),
    ...ofDraft(headers, now),
    ...ofAdapter(headers, now, plan),
  ];
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** `RateLimit: "burst";r=0;t=5, "day";r=120;t=3600`; the window stands in for a missing `t`. */
function ofField(headers: Headers, now: Instant): readonly Instant[] {
  const windows = new Map(
    membersOf(headers["ratelimit-policy"]).map(({ name, parameters }) => [
      name,
      parameters.get("w"),
    ]),
  );
  return membersOf(headers["ratelimit"]).flatMap(({ name, parameters }) => {
    const seconds = parameters.get("t") ?? windows.get(name);
    return parameters.get("r") === 0 && seconds !== undefined ? [now + seconds * 1_000] : [];
  });
}

interface Member {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, number>;
}

/** Longer ones are somebody's joke. */
const fieldMax = 1_000;

/** Items of a list with whole numbers as parameters (RFC 9651); what is written otherwise is left out. */
function membersOf(value: string | undefined): readonly Member[] {
  return (value ?? "")
    .slice(0, fieldMax)
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .flatMap((text) => {
      const [name = "", ...rest] = text.split(";").map((part) => part.trim());
      const parameters = rest.flatMap((part): [string, number][] => {
        const [, key = "", number = ""] = /^([a-z]+)=(\d{1,15})$/.exec(part) ?? [];
        return key === "" ? [] : [[key, Number(number)]];
      });
      return name === "" ? [] : [{ name, parameters: new Map(parameters) }];
    });
}

function ofDraft(headers: Headers, now: Instant): readonly Instant[] {
  if (headers["ratelimit-remaining"]?.trim() !== "0") return [];
  const reset = /^\d{1,9}/.exec(headers["ratelimit-reset"]?.trim() ?? "")?.[0];
  return reset === undefined ? [] : [now + Number(reset) * 1_000];
}

function ofAdapter(
  headers: Headers,
  now: Instant,
  plan: AdapterPlan["rateLimit"],
): readonly Instant[] {
  if (plan === undefined) return [];
  const left = leftOf(headers[plan.remaining.toLowerCase()] ?? "", plan.remainingAs ?? "left");
  if (left === undefined || left > (plan.keep ?? 0)) return [];
  if (plan.reset === undefined) return [now + (plan.pause ?? pauseMsDefault)];
  const reset = headers[plan.reset.toLowerCase()]?.trim() ?? "";
  const at = resetAt(reset, plan.resetAs ?? "seconds", now);
  return at === undefined ? [] : [at];
}

const pauseMsDefault = 1_000;

/** Requests that are left; undefined where the header does not say it in the way it should. */
function leftOf(text: string, as: "left" | "used-of-limit"): number | undefined {
  if (as === "left") return /^\s*-?\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
  const match = /(\d{1,15})\s*\/\s*(\d{1,15})/.exec(text);
  return match === null ? undefined : Number(match[2]) - Number(match[1]);
}

function resetAt(
  text: string,
  as: NonNullable<NonNullable<AdapterPlan["rateLimit"]>["resetAs"]>,
  now: Instant,
): Instant | undefined {
  if (as === "date-time") {
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : at;
  }
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  switch (as) {
    case "seconds":
      return now + value * 1_000;
    case "milliseconds":
      return now + value;
    case "epoch-seconds":
      return value * 1_000;
    case "epoch-milliseconds":
      return value;
  }
}
