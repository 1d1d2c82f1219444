import type { Failure } from "../errors/failure.ts";
import type { Json } from "../model/json.ts";
import type { Block } from "../model/plan/step.ts";
import type { NodeState } from "../model/run.ts";
import type { Progress, StepEvent } from "../steps/behaviour.ts";
import { holds } from "../steps/shared/truth.ts";
import { ask } from "./ask.ts";
import { behaviourOf, idOfPath, innerBlocks, innerIds } from "./behaviour-of.ts";
import { complete } from "./complete.ts";
import type { Draft } from "./draft.ts";
import { eventFor } from "./event-for.ts";
import { failureJson, failureNote, react, type Reaction } from "./failing.ts";
import type { Frame } from "./frame.ts";
import { partialFailure, partialPatch, type Remains, remainsOf } from "./partial.ts";
import { contextOf, guarded, type Visit } from "./visit.ts";

/** An unopened posting period is asked for again so often when nobody says when it opens. */
const waitUnlessToldMs = 15 * 60_000;
/** A `wait` listens for its event at most so long before it asks again by itself. */
const waitForEventMs = 30 * 86_400_000;

const stoppedBefore: Progress = { kind: "stopped", code: "stopped", message: "" };

/** Walks steps one after the other: skips what ended, goes on with what is open, starts the next. */
export function walkBlock(draft: Draft, steps: Block, frame: Frame): Progress {
  for (const step of steps) {
    const path = `${frame.prefix}.${step.id}`;
    const behaviour = behaviourOf(step);
    const progress = walkStep({ draft, step, behaviour, path, frame, walk: walkBlock });
    if (progress.kind !== "done") return progress;
  }
  return { kind: "done" };
}

/** Moves one step as far as it can go. */
export function walkStep(visit: Visit): Progress {
  const { draft, path, frame } = visit;
  const node = draft.nodes[path];
  if (node === undefined) return frame.draining ? { kind: "idle" } : begin(visit);
  switch (node.status) {
    case "done":
      return node.stopped === true ? stoppedBefore : { kind: "done" };
    case "skipped":
    case "caught":
    case "undone":
      return { kind: "done" };
    case "failed":
      return node.resumed === true ? revive(visit, node) : standing(node, path);
    case "waiting":
    case "retrying":
      return goOn(visit, node);
  }
}

/** A step that failed and was not let go on. */
function standing({ error, park }: NodeState, path: string): Progress {
  const failure: Failure = error ?? {
    class: "business",
    code: "core/failed",
    message: "failed",
    path,
  };
  return park === "invalid" || park === "in-doubt"
    ? { kind: "parked", as: park, failure }
    : { kind: "failed", failure };
}

function begin(visit: Visit): Progress {
  const { draft, step, path } = visit;
  const condition = step.common.if;
  const outcome = guarded(visit, () => {
    const runs = condition === undefined || holds(condition, contextOf(visit));
    return runs ? { kind: "idle" } : { kind: "done" };
  });
  if (outcome.kind === "parked") return settle(visit, outcome);
  if (outcome.kind === "done") {
    draft.patch(path, { status: "skipped", endedAt: draft.now });
    draft.note(path, "skipped");
    return outcome;
  }
  // A fact is missing: the decision is made again when it is there.
  if (outcome.kind === "open") return outcome;
  draft.patch(path, { status: "waiting" });
  draft.note(path, "started");
  const { timeout } = step.common;
  if (timeout !== undefined) draft.timer(path, "timeout", draft.now + timeout);
  return advance(visit, undefined);
}

/** Goes on after a person let it: from what was recorded, or from the start where nothing was. */
function revive(visit: Visit, node: NodeState): Progress {
  const { draft, path } = visit;
  draft.patch(path, { resumed: undefined });
  draft.note(path, "resumed");
  if (node.completing === true) {
    draft.patch(path, {
      status: "waiting",
      park: undefined,
      error: undefined,
      completing: undefined,
    });
    return settle(visit, { kind: "done" });
  }
  const { handler, memo } = node;
  if (memo === undefined && handler === undefined) {
    delete draft.nodes[path];
    return begin(visit);
  }
  draft.patch(path, {
    status: "waiting",
    failures: 0,
    park: undefined,
    late: undefined,
    asked: undefined,
  });
  if (handler !== undefined) return handle(visit, handler);
  draft.patch(path, { error: undefined });
  const { event } = draft.input;
  const isSettled = event.kind === "resume" && event.settled?.path === path;
  return advance(visit, isSettled ? event : { kind: "resume", by: "" });
}

function goOn(visit: Visit, node: NodeState): Progress {
  const { draft, step, path, behaviour, frame } = visit;
  const event = eventFor(draft.input.event, path);
  if (event?.kind === "timer" && event.name === "timeout") return expire(visit);
  if (node.handler !== undefined) return handle(visit, node.handler);
  if (node.status === "retrying" && wakes(node, event)) return again(visit, node);
  if (node.resumed === true) {
    draft.patch(path, { resumed: undefined, late: undefined, asked: undefined });
    return advance(visit, { kind: "resume", by: "" });
  }
  if (
    frame.draining &&
    event === undefined &&
    behaviour.cancel?.(step, contextOf(visit)) === true
  ) {
    draft.patch(path, { status: "skipped", endedAt: draft.now });
    draft.note(path, "cancelled");
    return { kind: "idle" };
  }
  return advance(visit, event);
}

function advance(visit: Visit, event: StepEvent | undefined): Progress {
  const { draft, step, path, behaviour } = visit;
  if (event !== undefined) draft.patch(path, { status: "waiting" });
  return settle(
    visit,
    guarded(visit, () => behaviour.advance(step, contextOf(visit, event))),
  );
}

/** Records how far the step has come. */
function settle(visit: Visit, progress: Progress): Progress {
  const { draft, step, path } = visit;
  switch (progress.kind) {
    case "done":
      return complete(visit, progress.result);
    case "open":
      if (step.common.lane === "release") draft.released = true;
      return progress;
    case "idle":
      return draft.nodes[path]?.late === true ? fail(visit, timedOut(visit)) : progress;
    case "stopped":
      draft.patch(path, { status: "done", endedAt: draft.now, stopped: true });
      draft.note(path, "stopped", { code: progress.code, message: progress.message });
      return progress;
    case "parked":
      // A step around the one that parked stays open: the others inside it go on.
      if (progress.failure.path === path) {
        const { as: park, failure: error } = progress;
        draft.patch(path, { status: "failed", park, error });
        draft.note(path, "parked", failureNote(error));
      }
      return progress;
    case "failed":
      return fail(visit, progress);
  }
}

function fail(visit: Visit, progress: Extract<Progress, { kind: "failed" }>): Progress {
  const { draft, path } = visit;
  const { failure } = progress;
  // A `when` of a handler may fail itself: then that is what a person must see.
  const reactions: { readonly chosen: Reaction; readonly remains: Remains | undefined }[] = [];
  const guard = guarded(visit, () => {
    const chosen = react(visit, progress);
    const isOver = ["catch", "continue", "pass"].includes(chosen.kind) && !isForPerson(failure);
    reactions.push({ chosen, remains: isOver ? remainsOf(visit) : undefined });
    return { kind: "done" };
  });
  const [reaction] = reactions;
  if (reaction === undefined) return settle(visit, guard);
  const { chosen, remains } = reaction;
  const left = remains === undefined ? {} : partialPatch(draft, remains);
  if (remains !== undefined) draft.note(path, "left-behind", { writes: remains.writes });
  switch (chosen.kind) {
    case "again":
      return retry(visit, failure, chosen);
    case "wait":
      return waitOut(visit, failure);
    case "doubt":
      return settle(visit, ask(visit, failure));
    case "catch":
      draft.patch(path, { handler: chosen.handler, error: failure, ...left });
      draft.note(path, "caught", failureNote(failure));
      return handle(visit, chosen.handler);
    case "continue":
      draft.patch(path, { status: "caught", error: failure, endedAt: draft.now, ...left });
      // The flow goes on without the step, and what that did stays: somebody should know.
      if (remains !== undefined) draft.report("issue", path, partialFailure(failure, remains));
      draft.note(path, "failed", failureNote(failure));
      return { kind: "done" };
    case "pass":
      draft.patch(path, { status: "failed", error: failure, ...left });
      draft.note(path, "failed", failureNote(failure));
      return passOn(visit, failure);
  }
}

function isForPerson(failure: Failure): failure is Failure & { class: "invalid" | "in-doubt" } {
  return failure.class === "invalid" || failure.class === "in-doubt";
}

/** A failure that makes no sense, or that nobody can judge, is for a person; others go on upward. */
function passOn(visit: Visit, failure: Failure): Progress {
  const { draft, path } = visit;
  if (!isForPerson(failure)) return { kind: "failed", failure };
  draft.patch(path, { park: failure.class });
  return { kind: "parked", as: failure.class, failure };
}

function retry(
  visit: Visit,
  failure: Failure,
  { due, failures }: { readonly due: number; readonly failures: number },
): Progress {
  const { draft, step, path, behaviour } = visit;
  draft.patch(path, { status: "retrying", failures, error: failure });
  draft.note(path, "retrying", { due, failure: failureNote(failure) });
  if (behaviour.again !== undefined) {
    return settle(
      visit,
      guarded(visit, () => behaviour.again?.(step, contextOf(visit), due) ?? { kind: "open" }),
    );
  }
  draft.timer(path, "retry", due);
  return settle(visit, { kind: "open" });
}

/** Not now: parks until a time, or until the event that the failure names. */
function waitOut(visit: Visit, failure: Failure): Progress {
  const { draft, path } = visit;
  const { until } = failure;
  draft.patch(path, { status: "retrying", error: failure });
  draft.note(path, "waiting", failureNote(failure));
  const unlessTold = until === undefined ? waitUnlessToldMs : waitForEventMs;
  const due = failure.retryAt ?? draft.now + unlessTold;
  draft.timer(path, "park", due);
  if (until !== undefined) {
    // What came before the partner said "not now" has not changed its mind.
    const after = draft.now;
    draft.listens.push({ path, event: until, correlate: {}, until: due, consume: false, after });
  }
  return settle(visit, { kind: "open" });
}

function wakes(node: NodeState, event: StepEvent | undefined): boolean {
  if (event?.kind === "timer") return event.name === "retry" || event.name === "park";
  return event?.kind === "matched" && node.error?.class === "wait";
}

/** The wait before a retry is over. */
function again(visit: Visit, node: NodeState): Progress {
  const { draft, step, path, behaviour } = visit;
  if (node.error?.class === "wait") {
    draft.closes.push(path);
    draft.cancelTimer(path, "park");
  }
  draft.patch(path, { status: "waiting" });
  if (behaviour.again !== undefined) {
    return settle(
      visit,
      guarded(
        visit,
        () => behaviour.again?.(step, contextOf(visit), draft.now) ?? { kind: "open" },
      ),
    );
  }
  if (innerBlocks(step).length === 0) {
    if (step.kind !== "run") draft.patch(path, { memo: undefined });
    return advance(visit, { kind: "again" });
  }
  reviveInside(visit);
  return advance(visit, { kind: "resume", by: "" });
}

/** A block that is tried again goes on from what failed in it: what was done is not done twice. */
function reviveInside({ draft, step, path, frame }: Visit): void {
  const ids = new Set(innerIds(step));
  for (const [inner, node] of Object.entries(draft.nodes)) {
    const within = inner.startsWith(`${frame.prefix}.`) || inner.startsWith(path);
    if (within && node.status === "failed" && ids.has(idOfPath(inner)))
      draft.patch(inner, { resumed: true });
  }
}

/** Runs a `catch` handler in place of the step. */
function handle(visit: Visit, index: number): Progress {
  const { draft, step, path, frame } = visit;
  const handler = step.common.catch?.[index];
  const node = draft.nodes[path];
  const error: Json = node?.error === undefined ? null : failureJson(node.error);
  const inner: Frame = {
    ...frame,
    prefix: `${path}.catch`,
    roots: { ...frame.roots, error },
  };
  const progress = walkBlock(draft, handler?.steps ?? [], inner);
  if (progress.kind === "failed") {
    draft.patch(path, { status: "failed", error: progress.failure });
    draft.note(path, "failed", failureNote(progress.failure));
    return progress;
  }
  if (progress.kind !== "done") return progress;
  draft.patch(path, { status: "caught", endedAt: draft.now });
  if (step.common.timeout !== undefined) draft.cancelTimer(path, "timeout");
  draft.note(path, "handled");
  return progress;
}

/** The step's time is up. What was sent must be known first; a wait is dropped; blocks drain. */
function expire(visit: Visit): Progress {
  const { draft, step, path, behaviour } = visit;
  draft.patch(path, { late: true });
  draft.note(path, "timed-out");
  const context = contextOf(visit);
  if (behaviour.expire?.(step, context) === true) return { kind: "open" };
  if (behaviour.cancel?.(step, context) === true) return fail(visit, timedOut(visit));
  const isBlock = (behaviour.blocks?.(step).length ?? 0) > 0;
  return isBlock
    ? advance(visit, undefined)
    : settle(
        visit,
        guarded(visit, () => late(visit)),
      );
}

/** The step failed by its time-out, unless something may stand in for its result. */
function late(visit: Visit): Progress {
  const { step, behaviour } = visit;
  const progress = timedOut(visit);
  const result = behaviour.instead?.(step, contextOf(visit), progress.failure);
  return result === undefined ? progress : { kind: "done", result };
}

function timedOut({ step, path }: Visit): Extract<Progress, { kind: "failed" }> {
  return {
    kind: "failed",
    failure: {
      class: "transient",
      code: "step-timeout",
      message: `"${step.id}" was not done in time`,
      at: step.at,
      path,
    },
  };
}
