import type { Instant } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Accepted } from "../ports/store.ts";
import type { Activity } from "./activity.ts";
import type { Done } from "./decider.ts";
import { type Dispatch, isEnded, isParked } from "./dispatch.ts";
import { Pump } from "./pump.ts";
import type { Relay } from "./relay.ts";
import { restOf } from "./rest.ts";
import { Unmapped } from "./unmapped.ts";
import type { Waiters } from "./waiters.ts";
import { Wake } from "./wake.ts";
import type { World } from "./world.ts";

export interface FollowUpParts {
  readonly world: World;
  readonly generation: () => Generation;
  readonly activity: Activity;
  readonly dispatch: Dispatch;
  readonly relay: Relay;
  readonly waiters: Waiters;
  readonly failed: (error: unknown) => void;
}

/**
 * What follows once a message or a decision is on disk: those who wait for it are told, the loops that
 * have something to do are kicked, and the engine is woken when the next thing becomes due.
 */
export class FollowUp {
  readonly unmapped = new Unmapped();
  readonly #parts: FollowUpParts;
  readonly #wake: Wake;
  readonly #look: Pump;

  constructor(parts: FollowUpParts) {
    this.#parts = parts;
    this.#wake = new Wake(parts.world.clock, () => this.due());
    this.#look = new Pump(parts.activity, () => this.#lookAhead(), parts.failed);
  }

  open(): void {
    this.#wake.open();
    this.#look.open();
  }

  close(): void {
    this.#look.close();
    this.#wake.close();
  }

  /** When something in the store becomes due next, as far as is known. */
  get nextDue(): Instant | undefined {
    return this.#wake.at;
  }

  accepted(accepted: Accepted): void {
    const { dispatch, world } = this.#parts;
    if (accepted.runs.some(({ begun }) => begun === undefined)) dispatch.kickRuns();
    if (accepted.matched > 0) dispatch.kickSignals();
    // A run that waits for the gap before it, or is held back, has a time at which it waits no more.
    if (accepted.runs.some(({ status }) => status !== "ready")) this.#look.kick();
    if (accepted.runs.some(({ status }) => status === "invalid")) {
      world.signals?.reach("problem-recorded");
    }
  }

  done(done: Done): void {
    const { dispatch, relay } = this.#parts;
    const { event, run, decision, committed, started } = done;
    this.unmapped.note(decision.history);
    this.#answer(done);
    if (decision.cancelDeliveries.length > 0) relay.cancel(run.id, decision.cancelDeliveries);
    if (event.kind === "timer" && event.name === "timeout") relay.withdraw(run.id, event.path);
    const rest = restOf(done);
    if (rest !== undefined) relay.hold(rest.adapter, rest.until);
    // A run that was started may let those before it in a drained lane begin.
    if (committed.ready || started > 0) dispatch.kickRuns();
    if (committed.signals) dispatch.kickSignals();
    if (committed.nextDue !== undefined) this.#becomesDue(committed.nextDue);
    this.#report(done);
    this.#signal(done);
  }

  /** Something in the store is due by now. */
  due(): void {
    const { dispatch, relay } = this.#parts;
    relay.kick();
    dispatch.kickTimers();
    dispatch.kickRuns();
    this.#look.kick();
  }

  /** Tells whoever waits for the run: also that there will be no answer. */
  #answer(done: Done): void {
    const { response } = done.decision;
    const { waiters } = this.#parts;
    if (response !== undefined || isEnded(done) || isParked(done)) {
      waiters.tell(done.run.id, response);
    }
  }

  #report({ run, decision }: Done): void {
    const { world, generation } = this.#parts;
    const words = (text: string): string => world.words?.(generation(), run, text) ?? text;
    if (decision.problems.length > 0) world.signals?.reach("problem-recorded");
    for (const { kind, path, failure } of decision.problems) {
      const what = kind === "issue" ? "a run reports an issue" : "a run waits for a person";
      world.log.write("warn", what, {
        run: run.id,
        flow: run.flow,
        kind,
        path,
        class: failure.class,
        code: failure.code,
        why: words(failure.message),
        correlation: run.message.correlationId,
      });
    }
  }

  #signal(done: Done): void {
    const { signals } = this.#parts.world;
    if (signals === undefined) return;
    const { run, decision } = done;
    const { flow, id: runId, message } = run;
    for (const { name } of decision.milestones) {
      signals.reach("milestone-reached", { flow, milestone: name });
    }
    const detail = { runId, messageId: message.id, flow, status: decision.status };
    if (isEnded(done)) signals.reach("run-ended", detail);
    if (isParked(done)) signals.reach("run-parked", detail);
  }

  #becomesDue(at: Instant): void {
    const { dispatch, relay, world } = this.#parts;
    if (at > world.clock.now()) {
      this.#wake.arm(at);
      return;
    }
    relay.kick();
    dispatch.kickTimers();
    // The earliest of several is named: later ones must not be forgotten.
    this.#look.kick();
  }

  async #lookAhead(): Promise<void> {
    const { clock, store } = this.#parts.world;
    const now = clock.now();
    const at = await store.nextDue(now);
    if (at !== undefined && at > now) this.#wake.arm(at);
  }
}
