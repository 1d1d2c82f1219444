import { type Code, finding } from "../../errors/codes.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { PathRead } from "../../mapping/index.ts";
import type { Expression } from "../../model/expression.ts";
import type { Block, StepPlan } from "../../model/plan/step.ts";
import type { FlowDocument } from "../documents/document.ts";
import type { ExpressionUse } from "../walk/walk.ts";
import { mayEnd, mayFail } from "./block-ends.ts";
import { allSteps, everyStep, innerBlocks } from "./blocks.ts";
import { type Lack, lackAfter, lackOfBlock, type Seen, speaksOf, topicsOf } from "./may-not-run.ts";

/** What is known at one point of a flow. */
interface Scope {
  /** Steps that may be read, by id. */
  readonly visible: Map<string, Seen>;
  /** Ids of parallel branches beside this one. */
  readonly siblings: ReadonlySet<string>;
  /** Ids of the other branches of a route. */
  readonly others: ReadonlySet<string>;
  /** What conditions on the way here have asked for, with roots. */
  asked: ReadonlySet<string>;
}

/** What a walk through a flow finds. */
interface Scoped {
  readonly diagnostics: readonly Diagnostic[];
  /** Why what a read asks of a step may not be there. */
  readonly lacks: ReadonlyMap<PathRead, Lack>;
  /** What conditions before an expression have asked for. */
  readonly asked: ReadonlyMap<ExpressionUse, ReadonlySet<string>>;
}

const known = new WeakMap<FlowDocument, Scoped>();

/**
 * What a step may read of others: results of earlier steps, those of blocks before it included,
 * never of a branch beside it, nor of single items from outside their split.
 */
export function checkStepScope(flow: FlowDocument): readonly Diagnostic[] {
  return scopesOf(flow).diagnostics;
}

/** Several rules ask. */
export function scopesOf(flow: FlowDocument): Scoped {
  const before = known.get(flow);
  if (before !== undefined) return before;
  const scoped = new StepScope(flow).check();
  known.set(flow, scoped);
  return scoped;
}

const failedBefore = {
  why: "may be what failed, or stand behind it",
  here: "what failed comes here",
  isAsked: false,
} as const;

const nothing: ReadonlySet<string> = new Set();

class StepScope {
  readonly #flow: FlowDocument;
  readonly #named: ReadonlySet<string>;
  readonly #inSplits: ReadonlySet<string>;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #lacks = new Map<PathRead, Lack>();
  readonly #asked = new Map<ExpressionUse, ReadonlySet<string>>();

  constructor(flow: FlowDocument) {
    this.#flow = flow;
    const all = allSteps(flow.plan);
    this.#named = new Set(all.flatMap(({ step }) => (step.named ? [step.id] : [])));
    const inSplits = all.filter(({ within }) => within.some(({ kind }) => kind === "split"));
    this.#inSplits = new Set(inSplits.map(({ step }) => step.id));
  }

  check(): Scoped {
    const { plan, walk } = this.#flow;
    const gates = walk.site.uses.filter(({ pointer }) => /\/where$|^\/hold-back/.test(pointer));
    const asked = topicsOf(gates.flatMap(readsOf), new Map());
    const start: Scope = { visible: new Map(), siblings: new Set(), others: new Set(), asked };
    for (const use of walk.site.uses) {
      if (/^\/(?:output|respond)/.test(use.pointer)) continue;
      this.#use(use, gates.includes(use) ? { ...start, asked: nothing } : start);
    }
    const done = { ...start, visible: new Map(start.visible) };
    this.#block(plan.steps, done);
    for (const use of walk.site.uses) {
      if (use.pointer.startsWith("/output")) this.#use(use, done);
    }
    const end: Scope = { ...start, visible: this.#whenFailed() };
    this.#block(plan.onError ?? [], end);
    for (const use of walk.site.uses) {
      if (use.pointer.startsWith("/respond")) this.#use(use, this.#answerScope(use, done, end));
    }
    return { diagnostics: this.#diagnostics, lacks: this.#lacks, asked: this.#asked };
  }

  /** An answer is chosen by its condition; without one, by whether its status says success. */
  #answerScope({ pointer }: ExpressionUse, done: Scope, end: Scope): Scope {
    const [, , status = ""] = pointer.split("/");
    const when = this.#flow.plan.respond?.[status]?.when;
    if (when === undefined) return Number(status) < 400 ? done : end;
    if (/^\s*\$error\s*=\s*null\s*$/.test(when.text)) return done;
    const uses = this.#flow.walk.site.uses.filter(({ expression }) => expression === when);
    return underCondition(end, topicsOf(uses.flatMap(readsOf), end.visible));
  }

  /** A failure may come before any step of the flow, or be its own. */
  #whenFailed(): Map<string, Seen> {
    const ran = idsOf(this.#flow.plan.steps).filter((id) => !this.#inSplits.has(id));
    const keys = new Map(this.#flow.node.entries.map(({ key, keyAt }) => [key, keyAt]));
    const at = keys.get("on-error") ?? keys.get("respond");
    const topics = new Set(["error", ...ran.map((id) => `steps.${id}`)]);
    const first = this.#flow.plan.steps.findIndex(mayFail);
    const sure = new Set(first < 0 ? ran : idsOf(this.#flow.plan.steps.slice(0, first)));
    const lack = at && { ...failedBefore, at, topics };
    return new Map(
      ran.map((id) => {
        const own = new Set([`steps.${id}`]);
        return [id, { topics: own, lack: sure.has(id) ? undefined : lack }];
      }),
    );
  }

  #block(block: Block, scope: Scope): void {
    for (const step of block) this.#step(step, scope);
  }

  #step(step: StepPlan, scope: Scope): void {
    const uses = this.#flow.walk.sites.get(step)?.uses ?? [];
    const condition = this.#topics(step.common.if, step, scope);
    const own = underCondition(scope, condition);
    const blocks = innerBlocks(step);
    const ownItems = blocks.flatMap(({ role, block }) => (role === "split" ? idsOf(block) : []));
    for (const use of uses) {
      const collects = use.pointer.endsWith("/collect") || use.pointer.includes("/collect/");
      const around = use.expression === step.common.if ? scope : askedBefore(use, uses, own);
      this.#use(use, collects ? inside(around, ownItems) : around);
    }
    const found = this.#blocks(step, own, scope);
    const lack = lackAfter(step, condition, false);
    for (const [id, seen] of found) scope.visible.set(id, { ...seen, lack: seen.lack ?? lack });
    const { undo } = step.common;
    if (undo !== undefined) this.#step(undo, inside(own, step.named ? [step.id] : []));
    if (step.named) {
      const topics = new Set([
        `steps.${step.id}`,
        ...topicsOf(uses.flatMap(readsOf), scope.visible),
      ]);
      scope.visible.set(step.id, { topics, lack: lackAfter(step, condition, true) });
    }
    if (mayEnd(step)) settle(scope, this.#conditionsIn(step, scope));
  }

  /** Walks the blocks of a step; gives what is visible after it of what stands in them. */
  #blocks(step: StepPlan, own: Scope, around: Scope): ReadonlyMap<string, Seen> {
    const blocks = innerBlocks(step);
    const found = new Map<string, Seen>();
    const before = new Map(own.visible);
    const conditions = blocks.some(({ role }) => role === "branch")
      ? this.#conditions(step, around)
      : nothing;
    for (const [index, inner] of blocks.entries()) {
      const { role, block } = inner;
      const beside = blocks
        .filter((other, at) => other.role === role && at !== index)
        .flatMap((other) => idsOf(other.block));
      const scope: Scope = underCondition(
        {
          visible: new Map(before),
          siblings: new Set([...own.siblings, ...(role === "parallel" ? beside : [])]),
          others: new Set([...own.others, ...(role === "branch" ? beside : [])]),
          asked: own.asked,
        },
        role === "branch" ? conditions : nothing,
      );
      this.#block(block, scope);
      // After a block its ids are visible, null where not run; those of items never are.
      if (role === "split") continue;
      const lack = lackOfBlock(step, inner, conditions);
      for (const [id, seen] of scope.visible) {
        if (!before.has(id)) found.set(id, { ...seen, lack: seen.lack ?? lack });
      }
    }
    return found;
  }

  #topics(of: Expression | undefined, step: StepPlan, scope: Scope): ReadonlySet<string> {
    if (of === undefined) return nothing;
    const uses = this.#flow.walk.sites.get(step)?.uses ?? [];
    return topicsOf(
      uses.filter(({ expression }) => expression === of).flatMap(readsOf),
      scope.visible,
    );
  }

  /** What the step's own conditions ask for: `if`, `when`, `that`. */
  #conditions(step: StepPlan, scope: Scope): ReadonlySet<string> {
    const uses = this.#flow.walk.sites.get(step)?.uses ?? [];
    return topicsOf(uses.filter(isCondition).flatMap(readsOf), scope.visible);
  }

  /** Those of the steps inside it, too. */
  #conditionsIn(step: StepPlan, scope: Scope): ReadonlySet<string> {
    const all = everyStep([step]).map((one) => this.#conditions(one.step, scope));
    return new Set(all.flatMap((topics) => [...topics]));
  }

  #use(use: ExpressionUse, scope: Scope): void {
    for (const read of use.analysis?.reads ?? []) {
      const [id] = read.segments;
      if (read.root !== "steps" || id === undefined || id === "?" || id === "[]") continue;
      const seen = scope.visible.get(id);
      if (seen === undefined) this.#refuse(id, read, scope);
      else if (seen.lack !== undefined) this.#lacks.set(read, seen.lack);
    }
    this.#asked.set(use, scope.asked);
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
  const more = ids.map((id): [string, Seen] => [id, { topics: new Set([`steps.${id}`]) }]);
  return { ...scope, visible: new Map([...scope.visible, ...more]) };
}

/** The scope of what runs only where a condition holds: whoever asks for something knows of it. */
function underCondition(scope: Scope, topics: ReadonlySet<string>): Scope {
  if (topics.size === 0) return scope;
  const inner = { ...scope, visible: new Map(scope.visible) };
  settle(inner, topics);
  // Which conditions on data go together only data tells.
  for (const [id, seen] of inner.visible) {
    if (seen.lack?.isAsked === true) inner.visible.set(id, { topics: seen.topics });
  }
  return inner;
}

/** Of several `when`, one is asked where those before it were not true. */
function askedBefore(
  { pointer }: ExpressionUse,
  uses: readonly ExpressionUse[],
  scope: Scope,
): Scope {
  const [, list, index] = /^(.*\/(?:route|catch)\/)(\d+)\/when$/.exec(pointer) ?? [];
  if (list === undefined || index === "0") return scope;
  const before = uses.filter(
    (other) =>
      other.pointer.startsWith(list) &&
      /^\d+\/when$/.test(other.pointer.slice(list.length)) &&
      Number.parseInt(other.pointer.slice(list.length), 10) < Number(index),
  );
  return underCondition(scope, topicsOf(before.flatMap(readsOf), scope.visible));
}

/** What was asked for is known from here on. */
function settle(scope: Scope, topics: ReadonlySet<string>): void {
  if (topics.size === 0) return;
  scope.asked = new Set([...scope.asked, ...topics]);
  for (const [id, { lack, topics: own }] of scope.visible) {
    if (lack !== undefined && speaksOf(topics, lack)) scope.visible.set(id, { topics: own });
  }
}

/** A field that decides whether something runs, or goes on. */
const isCondition = ({ pointer }: ExpressionUse): boolean => /\/(?:if|when|that)$/.test(pointer);

const readsOf = ({ analysis }: ExpressionUse): readonly PathRead[] => analysis?.reads ?? [];

function idsOf(block: Block): readonly string[] {
  return everyStep(block).flatMap(({ step }) => (step.named ? [step.id] : []));
}
