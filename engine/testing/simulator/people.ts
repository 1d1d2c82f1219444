import { FlowError } from "../../errors/flow-error.ts";
import type { Life } from "./life.ts";
import type { Sender } from "./sender.ts";
import type { Trace } from "./trace.ts";
import { attemptsMax } from "./retry-watch.ts";
import type { Weather } from "./weather.ts";
import type { Witness } from "./witness.ts";

interface PeopleParts {
  readonly life: () => Life;
  readonly trace: Trace;
  readonly witness: Witness;
  readonly sender: Sender;
}

/** What a replay would go by was let go of before it had its turn. */
const gone = ["call/answer-gone", "replay/results-gone"];
const parked = ["dead", "in-doubt", "stuck", "invalid"] as const;
/**
 * Replays of these would change what is so now, or have now what could not be had then; everything
 * else must meet its effects and do nothing.
 */
const unrepeatable = ["support.case.changed", "crm.batch.ordered"];
/** The events that these listen for are forgotten by the time all has come to rest. */
const unrepeatableLate = [...unrepeatable, "crm.opportunity.won", "support.visit.planned"];

/** A message whose body was let go of cannot be replayed, and the engine says so. */
function payloadOver(error: unknown): undefined {
  if (!(error instanceof FlowError) || error.code !== "runtime/payload-over") throw error;
}

/** Finance answers tasks; operations looks at what is parked, lets it go on, and replays messages. */
export class People {
  readonly wrong: string[] = [];
  /** Replays that were ended, since nobody knows any more what their record gave. */
  readonly discarded = new Set<string>();
  readonly #parts: PeopleParts;
  readonly #replayed = new Set<string>();
  readonly #stepped = new Set<string>();
  readonly #answeredLate = new Set<string>();

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** When they act; what they are about to do may fail with the engine. */
  plan(
    weather: Weather,
    spanMs: number,
    how: {
      readonly later: (ms: number, act: () => void) => void;
      readonly safely: (what: string, work: Promise<unknown>) => void;
    },
  ): void {
    const { later, safely } = how;
    weather.plan("replay", spanMs, 3, (luck) => safely("replay", this.replay(luck, false)));
    weather.plan("replay-step", spanMs, 3, (luck) =>
      safely("replay of a step", this.replayStep(luck, false)),
    );
    for (let at = 5_000; at < spanMs; at += spanMs / 8) {
      later(at, () => safely("answer", this.answerTasks()));
    }
  }

  /**
   * How many tasks were answered. Somebody else always answers the other way a moment later, and again
   * at the next round: the first answer holds. Nobody finds the time for what is "unanswered".
   */
  async answerTasks(): Promise<number> {
    const { engine, store } = this.#parts.life();
    let answered = 0;
    for (const task of await store.read.tasks({ limit: 1_000 })) {
      // What was shown may be over, and gone; the title stays.
      const shown = `${task.title} ${JSON.stringify(task.show)}`;
      if (shown.includes("-unanswered")) continue;
      const [choice, other] = shown.includes("-rejected")
        ? (["reject", "approve"] as const)
        : (["approve", "reject"] as const);
      const late = { choice: other, by: "controlling" };
      if (task.answer !== undefined) {
        this.#judgeAnswer(task.title, task.answer.choice === choice ? 1 : 2);
        if (!this.#answeredLate.has(task.id)) {
          this.#answeredLate.add(task.id);
          if (await engine.choose(task.id, late)) this.#judgeAnswer(task.title, 2);
        }
        continue;
      }
      this.#parts.trace.add("finance", `${choice}s ${task.title}`);
      const taken = await Promise.all([
        engine.choose(task.id, { choice, by: "finance" }),
        engine.choose(task.id, late),
      ]);
      const count = taken.filter(Boolean).length;
      this.#judgeAnswer(task.title, count);
      answered += count;
    }
    return answered;
  }

  #judgeAnswer(title: string, taken: number): void {
    if (taken > 1) this.wrong.push(`${JSON.stringify(title)} took a second answer`);
  }

  /** Lets all that is parked go on, once the world is well again; how many there were. */
  async resumeParked(): Promise<number> {
    const { engine, store } = this.#parts.life();
    // Nearly always there is none, and the list of all runs is long.
    const some = await Promise.all(parked.map((status) => store.read.runs({ status, limit: 1 })));
    if (some.every(({ length }) => length === 0)) return 0;
    const runs = (await store.read.runs({ limit: 10_000 })).filter(({ status }) =>
      parked.some((each) => each === status),
    );
    for (const run of runs) {
      const name = `${run.flow} ${run.identity} (${run.id})`;
      const [letter] = (await store.read.deadLetters({ limit: 1_000 })).filter(
        ({ runId }) => runId === run.id,
      );
      if (gone.includes(letter?.failure.code ?? "") && run.replayOf !== undefined) {
        this.#parts.trace.add("ops", `ends ${name}: it was done, and its answer was let go of`);
        this.discarded.add(run.id);
        await engine.unpark(run.id, { kind: "discard", by: "ops", reason: "done before" });
        continue;
      }
      if (letter !== undefined) this.#judge(name, run, letter);
      else if (await this.#isParked(run.id)) {
        this.wrong.push(`${name} is ${run.status}, and no list says why`);
      } else continue;
      this.#parts.trace.add("ops", `lets ${name} go on, which was ${run.status}`);
      this.#parts.witness.letGoOn(run.id);
      await engine.unpark(run.id, { kind: "resume", by: "ops" });
    }
    return runs.length;
  }

  /** False where a job of theirs has let it go on since the runs were listed. */
  async #isParked(runId: string): Promise<boolean> {
    const run = await this.#parts.life().store.read.run(runId);
    return parked.some((status) => status === run?.status);
  }

  /** Once more what is done: it must be taken as a message of its own, and have no effect. */
  async replay(luck: { below(limit: number): number }, isLate: boolean): Promise<void> {
    const { engine, store } = this.#parts.life();
    const done = this.#parts.sender.sendings.filter(
      ({ told, messageId }) =>
        messageId !== undefined &&
        !this.#replayed.has(messageId) &&
        !(isLate ? unrepeatableLate : unrepeatable).includes(told.received.type),
    );
    const { messageId } = done[luck.below(Math.max(1, done.length))] ?? {};
    if (messageId === undefined) return;
    const runs = (await store.read.runs({ limit: 10_000 })).filter(
      (run) => run.messageId === messageId,
    );
    if (runs.length === 0 || runs.some(({ status }) => status !== "done")) return;
    this.#replayed.add(messageId);
    this.#parts.trace.add("ops", `replays ${messageId}`);
    const answer = await engine.replay(messageId, { by: "ops" }).catch(payloadOver);
    if (answer === undefined || answer.outcome === "refused") return;
    if (answer.outcome === "duplicate" || answer.messageId === messageId)
      this.wrong.push(`the replay of ${messageId} was taken for a duplicate`);
    if (answer.runs.length !== runs.length)
      this.wrong.push(
        `the replay of ${messageId} started ${answer.runs.length} runs instead of ${runs.length}`,
      );
  }

  /** One step of what is done, alone: its effect is in the ledger, so that nothing comes of it. */
  async replayStep(luck: { below(limit: number): number }, isLate: boolean): Promise<void> {
    const { engine, store } = this.#parts.life();
    const left = isLate ? unrepeatableLate : unrepeatable;
    const rows = (await store.read.runs({ limit: 10_000 })).filter(
      ({ status, only, messageId }) =>
        status === "done" && only === undefined && !this.#stepped.has(messageId),
    );
    const row = rows[luck.below(Math.max(1, rows.length))];
    const run = row === undefined ? undefined : await store.read.run(row.id);
    const stored = run === undefined ? undefined : await store.read.message(run.messageId);
    if (run === undefined || stored === undefined || left.includes(stored.message.type)) return;
    const paths = new Set(
      run.deliveries.filter(({ read }) => !read).flatMap(({ path }) => alone(path)),
    );
    const path = [...paths][luck.below(Math.max(1, paths.size))];
    if (path === undefined) return;
    this.#stepped.add(run.messageId);
    this.#parts.trace.add("ops", `replays ${path} of ${run.flow} ${run.identity} alone`);
    const only = { path, runId: run.id, identity: run.identity };
    const answer = await engine
      .replay(run.messageId, { by: "ops", flow: run.flow, only })
      .catch(payloadOver);
    if (answer === undefined || answer.outcome === "refused") return;
    const name = `the replay of ${path} of ${run.id}`;
    if (answer.outcome === "duplicate") this.wrong.push(`${name} was taken for a duplicate`);
    if (answer.runs.length !== 1) this.wrong.push(`${name} started ${answer.runs.length} runs`);
  }

  #judge(
    name: string,
    run: { readonly id: string; readonly status: string },
    letter: {
      readonly failure: {
        readonly code: string;
        readonly message: string;
        readonly path?: string;
      };
    },
  ): void {
    const { failure } = letter;
    if (failure.message === "") this.wrong.push(`${name} is ${run.status}, and nothing says why`);
    if (run.status === "invalid") {
      this.wrong.push(`${name} is invalid: ${failure.code}: ${failure.message}`);
      return;
    }
    const met = this.#parts.witness.failuresOf(run.id, failure.path ?? "");
    if (met < attemptsMax) {
      const where = failure.path ?? "?";
      this.wrong.push(
        `${name} is ${run.status} at ${where} after ${met} failures: ${failure.message}`,
      );
    }
  }
}

/** The step of a request, where it stands in no item, handler or undo. */
function alone(path: string): readonly string[] {
  const [, step] = /^(steps\.[\w-]+)\//.exec(path) ?? [];
  return step === undefined ? [] : [step];
}
