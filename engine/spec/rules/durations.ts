import { builtInRetry } from "../../model/plan/built-in-retry.ts";
import type { StepPlan } from "../../model/plan/step.ts";
import type { FlowDocument } from "../documents/document.ts";
import { entryAt, valueOf, type YamlNode } from "../yaml/node.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

/** Durations that nobody could read are NaN: each is asked for what would be wrong, which it never is. */
export const flowDurations: Rule = {
  code: "flow/durations",
  docs: "A wait that is longer than what ends it is never waited out, and a promise that comes after the end is none.",
  wrong: "timeout: 10s\nretry: { max: 5, backoff: 10s, factor: 2 }  # waits 310s in all",
  right: "timeout: 10m\nretry: { max: 5, backoff: 10s, factor: 2 }",
  check(workspace, report) {
    checkPolicies(workspace, report);
    for (const flow of workspace.flows) {
      checkPromises(flow, report);
      checkKeep(flow, report);
      for (const { step } of allSteps(flow.plan)) checkStep(workspace, flow, step, report);
    }
  },
};

function checkStep(workspace: Workspace, flow: FlowDocument, step: StepPlan, report: Report): void {
  const pointer = flow.walk.sites.get(step)?.pointer;
  if (pointer === undefined) return;
  const at = (key: string) => entryAt(flow.node, `${pointer}/${key}`)?.value;
  const { timeout, retry } = step.common;
  const { deadline } = flow.plan;
  if (timeout !== undefined && deadline !== undefined && timeout > deadline) {
    tell(report, at("timeout"), {
      long: `the step may take ${shown(at("timeout"), timeout)}`,
      short: `the caller waits ${shown(valueOf(flow.node, "deadline"), deadline)}`,
      help: "let the timeout be shorter than the deadline",
    });
  }
  if (retry === undefined) return checkCache(step, at("cache"), report);
  const named = policyOf(workspace, retry.policy);
  const whole = { ...builtInRetry, ...policyOf(workspace, "default"), ...named, ...retry };
  checkRetry(retry, at("retry"), { whole, report });
  const says = { ...named, ...retry };
  const waits = says.max === undefined && says.backoff === undefined ? 0 : waitsOf(whole);
  if (timeout !== undefined && waits > timeout) {
    tell(report, at("timeout"), {
      long: `the waits between its retries are ${inWords(waits)} in all`,
      short: `the step ends after ${shown(at("timeout"), timeout)}, retries included`,
      help: "give a longer timeout, or fewer or shorter retries",
    });
  }
  checkCache(step, at("cache"), report);
}

function checkCache(step: StepPlan, node: YamlNode | undefined, report: Report): void {
  const cache = asKind(step, "call")?.beside.cache;
  if (cache?.stale === undefined || !(cache.stale < cache.fresh)) return;
  tell(report, valueOf(node, "stale"), {
    long: `answers are fresh for ${shown(valueOf(node, "fresh"), cache.fresh)}`,
    short: `they are used, if the call fails, for ${shown(valueOf(node, "stale"), cache.stale)}`,
    help: "let stale be longer than fresh, or leave it out",
  });
}

interface Retry {
  readonly policy?: string;
  readonly max?: number;
  readonly backoff?: number;
  readonly factor?: number;
  readonly limit?: number;
}

/** With what the default and the engine say where it does not. */
type WholeRetry = Required<Omit<Retry, "policy">>;

function checkPolicies(workspace: Workspace, report: Report): void {
  const settings = workspace.documents.workspace;
  if (settings?.walk.sound !== true) return;
  for (const [name, policy] of Object.entries(settings.plan.policies?.retry ?? {})) {
    const whole = { ...builtInRetry, ...policyOf(workspace, "default"), ...policy };
    checkRetry(policy, entryAt(settings.node, `/policies/retry/${name}`)?.value, { whole, report });
  }
}

/** The first wait against the longest; told where one of the two is written. */
function checkRetry(
  own: Retry,
  node: YamlNode | undefined,
  { whole, report }: { readonly whole: WholeRetry; readonly report: Report },
): void {
  const { backoff, limit } = whole;
  if ((own.backoff === undefined && own.limit === undefined) || !(backoff > limit)) return;
  tell(report, valueOf(node, "limit") ?? valueOf(node, "backoff"), {
    long: `the first wait is ${shown(valueOf(node, "backoff"), backoff)}`,
    short: `no wait is longer than ${shown(valueOf(node, "limit"), limit)}`,
    help:
      own.limit === undefined
        ? `write limit beside it, as long or longer: ${inWords(limit)} holds where nothing else is said`
        : "let limit be at least as long as backoff",
  });
}

function policyOf({ documents }: Workspace, name: string | undefined): Retry {
  const settings = documents.workspace;
  if (name === undefined || settings?.walk.sound !== true) return {};
  return settings.plan.policies?.retry?.[name] ?? {};
}

/** All waits of a retry in milliseconds, without their luck. */
function waitsOf({ max, backoff, factor, limit }: WholeRetry): number {
  let [sum, next] = [0, backoff];
  for (let tried = 0; tried < max; tried += 1) {
    sum += Math.min(next, limit);
    next *= factor;
  }
  return sum;
}

function checkPromises({ node, plan }: FlowDocument, report: Report): void {
  const { complete, milestones } = plan.sla ?? {};
  if (complete === undefined) return;
  for (const [name, promised] of Object.entries(milestones ?? {})) {
    if (!(promised > complete)) continue;
    const at = entryAt(node, `/sla/milestones/${name}`)?.value;
    tell(report, at, {
      long: `the milestone is promised within ${shown(at, promised)}`,
      short: `the whole run within ${shown(entryAt(node, "/sla/complete")?.value, complete)}`,
      help: "promise the milestone before the end",
    });
  }
}

/** While a run still waits, a second delivery of its message must find the first. */
function checkKeep(flow: FlowDocument, report: Report): void {
  const { node, plan, walk } = flow;
  const keep = plan.idempotency?.keep;
  if (keep === undefined) return;
  const held = plan.holdBack?.within;
  const waits = allSteps(plan).flatMap(({ step }) => {
    const within = asKind(step, "listen")?.argument.within ?? asKind(step, "task")?.argument.within;
    const at = entryAt(node, `${walk.sites.get(step)?.pointer ?? ""}/${step.kind}/within`)?.value;
    return within === undefined ? [] : [{ within, at }];
  });
  const all = [
    ...(held === undefined
      ? []
      : [{ within: held, at: entryAt(node, "/hold-back/within")?.value }]),
    ...waits,
  ];
  const longest = all
    .filter(({ within }) => within > keep)
    .toSorted((a, b) => b.within - a.within)[0];
  if (longest === undefined) return;
  const at = entryAt(node, "/idempotency/keep")?.value;
  tell(report, at, {
    long: `a run may wait ${shown(longest.at, longest.within)}`,
    short: `its message is known for ${shown(at, keep)}`,
    help: "keep it longer than the run may wait: a second delivery would start a second run",
  });
}

function tell(
  report: Report,
  node: YamlNode | undefined,
  { long, short, help }: { readonly long: string; readonly short: string; readonly help: string },
): void {
  if (node !== undefined) report(node.at, `${long}, and ${short}`, { help });
}

/** As its author wrote it. */
const shown = (node: YamlNode | undefined, ms: number): string =>
  node?.kind === "scalar" ? node.text : inWords(ms);

function inWords(ms: number): string {
  for (const [unit, size] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const) {
    if (ms >= size && (ms % size === 0 || ms >= 10 * size))
      return `${Math.round(ms / size)}${unit}`;
  }
  return `${ms}ms`;
}
