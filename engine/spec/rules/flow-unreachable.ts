import type { SourceRef } from "../../errors/diagnostic.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { Block, StepPlan } from "../../model/plan/step.ts";
import { alwaysEnds } from "./block-ends.ts";
import { asKind, everyStep, innerBlocks } from "./blocks.ts";
import type { Report, Rule } from "./rule.ts";

export const flowUnreachable: Rule = {
  code: "flow/unreachable",
  docs: "A step that cannot run is a step that somebody believes in.",
  wrong: "- stop: { code: done }\n- emit: order.confirmed",
  right: "- emit: order.confirmed\n- stop: { code: done }",
  check(workspace, report) {
    for (const { plan } of workspace.flows) {
      for (const block of blocksOf([plan.steps, plan.onError ?? []])) {
        checkEnds(block, report);
        for (const step of block) checkStep(step, report);
      }
    }
    for (const { plan } of workspace.adapters) {
      const feeds = [...Object.values(plan.webhooks ?? {}), ...Object.values(plan.polls ?? {})];
      // Webhooks and polls that share their rules by an alias have one finding.
      const rules = new Map(feeds.map(({ events = [] }) => [placeOf(events), events]));
      for (const events of rules.values()) checkRules(events, report);
    }
  },
};

type EventRules = NonNullable<NonNullable<AdapterPlan["webhooks"]>[string]["events"]>;

const placeOf = ([first]: EventRules): string => `${first?.at.line}:${first?.at.column}`;

/** The first rule that holds takes what came: nothing is left behind one that always holds. */
function checkRules(rules: EventRules, report: Report): void {
  const end = rules.findIndex((rule) => rule.kind === "else" || rule.when === undefined);
  const [taken, next] = [rules[end], rules[end + 1]];
  // An `else` behind one that takes everything does no harm.
  if (taken === undefined || next?.kind !== "event") return;
  const word = taken.kind === "else" ? '"else"' : "the one without `when`";
  report(next.at, `this rule is never taken: ${word} before it takes everything`, {
    help: taken.kind === "else" ? "else stands last" : "give the one before it a when",
    related: [{ at: taken.at, message: "everything is taken here" }],
  });
}

function blocksOf(blocks: readonly Block[]): readonly Block[] {
  const inner = blocks.flatMap((block) =>
    everyStep(block).flatMap(({ step }) => innerBlocks(step).map((one) => one.block)),
  );
  return [...blocks, ...inner];
}

function checkEnds(block: Block, report: Report): void {
  const end = block.findIndex(alwaysEnds);
  const step = block[end];
  const next = block[end + 1];
  if (step === undefined || next === undefined) return;
  report(next.at, `this step never runs: the "${step.kind}" before it always ends the flow`, {
    help: "remove it, or give what stands before it an if",
    related: [{ at: step.at, message: "the flow ends here" }],
  });
}

function checkStep(step: StepPlan, report: Report): void {
  const condition = step.common.if;
  if (condition !== undefined && isFalse(condition.text)) {
    report(condition.at, "this step never runs: its condition is always false");
  }
  checkBranches(step, report);
}

function checkBranches(step: StepPlan, report: Report): void {
  let taken: { readonly at: SourceRef; readonly word: string } | undefined;
  const asked = new Map<string, SourceRef>();
  for (const branch of asKind(step, "route")?.argument ?? []) {
    const text = branch.kind === "when" ? branch.value.text.trim() : undefined;
    const same = text === undefined ? undefined : asked.get(text);
    if (text !== undefined) asked.set(text, branch.at);
    if (same !== undefined && taken === undefined) {
      report(branch.at, "this branch is never taken: one before it has the same condition", {
        related: [{ at: same, message: "it is taken here" }],
      });
      continue;
    }
    if (taken !== undefined) {
      report(branch.at, `this branch is never taken: "${taken.word}" before it takes everything`, {
        help: "else stands last",
        related: [{ at: taken.at, message: "everything is taken here" }],
      });
    }
    if (branch.kind === "else") taken ??= { at: branch.at, word: "else" };
    else if (branch.value.text.trim() === "true") taken ??= { at: branch.at, word: "when: true" };
    else if (isFalse(branch.value.text)) {
      report(branch.value.at, "this branch is never taken: its condition is always false");
    }
  }
}

const isFalse = (text: string): boolean => /^\s*(?:false|null)\s*$/.test(text);
