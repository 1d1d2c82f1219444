import type { Life } from "./life.ts";
import type { Sender } from "./sender.ts";
import type { Trace } from "./trace.ts";
import { attemptsMax, type Witness } from "./witness.ts";

interface PeopleParts {
  readonly life: () => Life;
  readonly trace: Trace;
  readonly witness: Witness;
  readonly sender: Sender;
}

const parked = ["dead", "in-doubt", "stuck", "invalid"] as const;
/** Replays of these would change what is so now; everything else must meet its effects and do nothing. */
const unrepeatable = ["support.case.changed"];
/** The events that these listen for are forgotten by the time all has come to rest. */
const unrepeatableLate = [...unrepeatable, "crm.opportunity.won"];

/** Finance answers tasks; operations looks at what is parked, lets it go on, and replays messages. */
export class People {
  readonly wrong: string[] = [];
  readonly #parts: PeopleParts;
  readonly #replayed = new Set<string>();

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** How many tasks were answered. */
  async answerTasks(): Promise<number> {
    const { engine, store } = this.#parts.life();
    const open = (await store.read.tasks({ limit: 1_000 })).filter(
      ({ answer }) => answer === undefined,
    );
    let answered = 0;
    for (const task of open) {
      const choice = JSON.stringify(task.show).includes("-rejected") ? "reject" : "approve";
      this.#parts.trace.add("finance", `${choice}s ${task.title}`);
      if (await engine.choose(task.id, { choice, by: "finance" })) answered += 1;
    }
    return answered;
  }

  /** Lets all that is parked go on, once the world is well again; how many there were. */
  async resumeParked(): Promise<number> {
    const { engine, store } = this.#parts.life();
    const runs = (await store.read.runs({ limit: 10_000 })).filter(({ status }) =>
      parked.some((each) => each === status),
    );
    for (const run of runs) {
      const name = `${run.flow} ${run.identity} (${run.id})`;
      const [letter] = (await store.read.deadLetters({ limit: 1_000 })).filter(
        ({ runId }) => runId === run.id,
      );
      if (letter === undefined) this.wrong.push(`${name} is ${run.status}, and no list says why`);
      else this.#judge(name, run, letter);
      this.#parts.trace.add("ops", `lets ${name} go on, which was ${run.status}`);
      this.#parts.witness.letGoOn(run.id);
      await engine.unpark(run.id, { kind: "resume", by: "ops" });
    }
    return runs.length;
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
    const answer = await engine.replay(messageId, { by: "ops" });
    if (answer.outcome === "refused") return;
    if (answer.outcome === "duplicate" || answer.messageId === messageId)
      this.wrong.push(`the replay of ${messageId} was taken for a duplicate`);
    if (answer.runs.length !== runs.length)
      this.wrong.push(
        `the replay of ${messageId} started ${answer.runs.length} runs instead of ${runs.length}`,
      );
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
