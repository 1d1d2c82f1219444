import { type Code, finding } from "../../errors/codes.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { PathRead } from "../../mapping/index.ts";
import type { Block, StepPlan } from "../../model/plan/step.ts";
import type { FlowDocument } from "../documents/document.ts";
import type { ExpressionUse } from "../walk/walk.ts";
import { allSteps, everyStep, innerBlocks } from "./blocks.ts";

/** Ids that may be read at one point of a flow. */
interface Scope {
  readonly visible: Set<string>;
  /** Ids of parallel branches beside this one. */
  readonly siblings: ReadonlySet<string>;
  /** Ids of the other branches of a route. */
  readonly others: ReadonlySet<string>;
}

/**
 * What a step may read of others: results of earlier steps, those of blocks before it included,
 * never of a branch beside it, nor of single items from outside their split.
 */
export function checkStepScope(flow: FlowDocument): readonly Diagnostic[] {
  return new StepScope(flow).check();
}

class StepScope {
  readonly #flow: FlowDocument;
  readonly #named: ReadonlySet<string>;
  readonly #inSplits: ReadonlySet<string>;
  readonly #diagnostics: Diagnostic[] = [];

  constructor(flow: FlowDocument) {
    this.#flow = flow;
    const all = allSteps(flow.plan);
    this.#named = new Set(all.flatMap(({ step }) => (step.named ? [step.id] : [])));
    const inSplits = all.filter(({ within }) => within.some(({ kind }) => kind === "split"));
    this.#inSplits = new Set(inSplits.map(({ step }) => step.id));
  }

  check(): readonly Diagnostic[] {
    const { plan, walk } = this.#flow;
    const start: Scope = { visible: new Set(), siblings: new Set(), others: new Set() };
    for (const use of walk.site.uses) {
      if (/^\/(?:output|respond)/.test(use.pointer)) continue;
      this.#use(use, start);
    }
    this.#block(plan.steps, start);
    const ran = idsOf(plan.steps).filter((id) => !this.#inSplits.has(id));
    const end: Scope = { ...start, visible: new Set(ran) };
    this.#block(plan.onError ?? [], end);
    for (const use of walk.site.uses) {
      if (/^\/(?:output|respond)/.test(use.pointer)) this.#use(use, end);
    }
    return this.#diagnostics;
  }

  #block(block: Block, scope: Scope): void {
    for (const step of block) {
      this.#step(step, scope);
      if (step.named) scope.visible.add(step.id);
    }
  }

  #step(step: StepPlan, scope: Scope): void {
    const blocks = innerBlocks(step);
    const ownItems = blocks.flatMap(({ role, block }) => (role === "split" ? idsOf(block) : []));
    for (const use of this.#flow.walk.sites.get(step)?.uses ?? []) {
      const collects = use.pointer.endsWith("/collect") || use.pointer.includes("/collect/");
      this.#use(use, collects ? inside(scope, ownItems) : scope);
    }
    const before = new Set(scope.visible);
    for (const [index, { role, block }] of blocks.entries()) {
      const beside = blocks
        .filter((other, at) => other.role === role && at !== index)
        .flatMap((other) => idsOf(other.block));
      const inner: Scope = {
        visible: new Set(before),
        siblings: new Set([...scope.siblings, ...(role === "parallel" ? beside : [])]),
        others: new Set([...scope.others, ...(role === "branch" ? beside : [])]),
      };
      this.#block(block, inner);
      // After a block its ids are visible, null where not run; those of items never are.
      if (role !== "split") for (const id of inner.visible) scope.visible.add(id);
    }
    const { undo } = step.common;
    if (undo !== undefined) this.#step(undo, inside(scope, step.named ? [step.id] : []));
  }

  #use(use: ExpressionUse, scope: Scope): void {
    for (const read of use.analysis?.reads ?? []) {
      const [id] = read.segments;
      if (read.root !== "steps" || id === undefined || id === "?" || id === "[]") continue;
      if (!scope.visible.has(id)) this.#refuse(id, read, scope);
    }
  }

  #refuse(id: string, read: PathRead, scope: Scope): void {
    const report = (code: Code, message: string, help: string) =>
      this.#diagnostics.push(finding(code, read.at, message, { help }));
    if (!this.#named.has(id)) {
      const message = `unknown step "${id}"${didYouMean(id, this.#named)}`;
      report("reference/unknown-step", message, `named steps are ${listWords(this.#named)}`);
    } else if (scope.siblings.has(id)) {
      const message = `step "${id}" stands in a branch beside this one, and branches do not see one another`;
      report("reference/sibling-branch", message, "read it after the parallel");
    } else if (scope.others.has(id)) {
      const message = `step "${id}" stands in another branch of the route, and only one of them runs`;
      report(
        "reference/sibling-branch",
        message,
        "read it after the route, with ?? for its absence",
      );
    } else if (this.#inSplits.has(id)) {
      const message = `step "${id}" stands inside a split and has one result per item`;
      report("reference/inside-split", message, "name what is kept per item under collect");
    } else {
      const message = `step "${id}" has not run when this is read`;
      report(
        "reference/step-not-run",
        message,
        "read it in a later step, or move it before this one",
      );
    }
  }
}

function inside(scope: Scope, ids: readonly string[]): Scope {
  return { ...scope, visible: new Set([...scope.visible, ...ids]) };
}

function idsOf(block: Block): readonly string[] {
  return everyStep(block).flatMap(({ step }) => (step.named ? [step.id] : []));
}
