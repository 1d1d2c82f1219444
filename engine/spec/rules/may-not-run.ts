import type { SourceRef } from "../../errors/diagnostic.ts";
import type { PathRead } from "../../mapping/index.ts";
import type { StepPlan } from "../../model/plan/step.ts";
import { blockEnds, takesEverything } from "./block-ends.ts";
import { asKind, everyStep, innerBlocks, type InnerBlock } from "./blocks.ts";

/** Why a step may not have run where its result is read. */
export interface Lack {
  /** Behind `step "x" `: "runs only if …". */
  readonly why: string;
  readonly at: SourceRef;
  /** What is to be seen there. */
  readonly here: string;
  /** A condition decides, so that another condition may ask for the same. */
  readonly isAsked: boolean;
  /** What a condition asks for that asks for this. */
  readonly topics: ReadonlySet<string>;
}

/** A step whose result may be read. */
export interface Seen {
  readonly lack?: Lack | undefined;
  /** What its result is made of: a condition on it asks for these. */
  readonly topics: ReadonlySet<string>;
}

/** What a condition asks for: the paths it reads, and what the results in them are made of. */
export function topicsOf(
  reads: readonly PathRead[],
  seen: ReadonlyMap<string, Seen>,
): ReadonlySet<string> {
  const topics = new Set<string>();
  for (const { root, segments } of reads) {
    const [id = ""] = segments;
    if (root !== "steps") topics.add([root, ...segments].join("."));
    else {
      topics.add(`steps.${id}`);
      for (const topic of seen.get(id)?.topics ?? []) topics.add(topic);
    }
  }
  return topics;
}

/** True when who asks for these has asked whether the step ran. What was remembered may say so, too. */
export function speaksOf(topics: ReadonlySet<string>, lack: Lack): boolean {
  return [...topics].some(
    (topic) =>
      topic.startsWith("state.") || [...lack.topics].some((other) => overlap(topic, other)),
  );
}

/** One path is the other, or stands above it. */
export const overlap = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);

/** Why the step's own result, or that of one inside it, may not be there after it. */
export function lackAfter(
  step: StepPlan,
  condition: ReadonlySet<string>,
  isOwn: boolean,
): Lack | undefined {
  const { common } = step;
  const [its, it] = isOwn ? ["its", "it"] : ["the", "what it stands in"];
  const around = isOwn ? "" : " around it";
  const topics = idsIn(step);
  if (common.if !== undefined) {
    return {
      why: `runs only when ${its} "if"${around} is true`,
      at: common.if.at,
      here: "the condition stands here",
      isAsked: true,
      topics: new Set([...topics, ...condition]),
    };
  }
  const failed = {
    at: step.at,
    here: `the "${step.kind}" stands here`,
    isAsked: false,
    topics: new Set(topics),
  };
  const goesOn = common.catch?.some(({ steps }) => !blockEnds(steps));
  if (goesOn === true) {
    return {
      ...failed,
      why: `has no result when ${it} failed and ${its} "catch"${around} goes on`,
    };
  }
  if (common.onError === "continue") {
    return { ...failed, why: `has no result when ${it} failed: "on-error: continue" goes on` };
  }
  const late = (asKind(step, "listen") ?? asKind(step, "task"))?.beside.onTimeout;
  if (late === undefined || blockEnds(late)) return undefined;
  return { ...failed, why: `has no result when the time was up and "on-timeout" goes on` };
}

/** Why what stands in the block may not be there after the step that holds it. */
export function lackOfBlock(
  step: StepPlan,
  { role, block }: InnerBlock,
  conditions: ReadonlySet<string>,
): Lack | undefined {
  const topics = new Set([...idsIn(step), ...conditions]);
  const lack = { at: step.at, here: `the "${step.kind}" stands here`, topics };
  switch (role) {
    case "branch": {
      const others = innerBlocks(step).filter((one) => one.role === role && one.block !== block);
      if (takesEverything(step) && others.every((one) => blockEnds(one.block))) return undefined;
      return { ...lack, isAsked: true, why: "runs in one branch of a route only" };
    }
    case "catch":
      return {
        ...lack,
        isAsked: false,
        why: 'runs only when the "catch" that it stands in is needed',
      };
    case "on-timeout":
      return { ...lack, isAsked: false, why: "runs only when the time is up" };
    case "parallel":
    case "split":
      return undefined;
  }
}

/** The results of the step and of those inside it. */
const idsIn = (step: StepPlan): readonly string[] =>
  everyStep([step]).flatMap(({ step: one }) => (one.named ? [`steps.${one.id}`] : []));
