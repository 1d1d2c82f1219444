import { isDeepStrictEqual } from "node:util";
import type { ApiResponse } from "../../model/decision.ts";
import { isJsonObject } from "../../model/json.ts";
import type { CallAnswer } from "../../model/received.ts";
import type { Random } from "../estate/random.ts";
import type { VirtualClock } from "../virtual-clock.ts";
import type { Life } from "./life.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";
import type { Witness } from "./witness.ts";

interface CallersParts {
  readonly life: () => Life;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly weather: Weather;
  readonly witness: Witness;
}

/** As the flow `availability` declares; its look-up gives up half a second before. */
const deadlineMs = 2_000;
/** An answer may come so much later: its commit takes a moment. */
const graceMs = 1_000;

/** What one caller was told, for good. */
interface Told {
  readonly ref: string;
  readonly runId: string;
  readonly response: ApiResponse;
}

/** Those who ask an API, and stay for the answer; some ask twice, under one key. */
export class Callers {
  readonly wrong: string[] = [];
  readonly #parts: CallersParts;
  readonly #told: Told[] = [];
  #count = 0;

  constructor(parts: CallersParts) {
    this.#parts = parts;
  }

  plan(spanMs: number): void {
    this.#parts.weather.plan("caller", spanMs, 12, (luck) => this.#call(luck));
  }

  #call(luck: Random): void {
    this.#count += 1;
    const ref = `Q${this.#count}${luck.next() < 0.4 ? "-no-stock" : ""}`;
    const secondMs = luck.below(deadlineMs);
    const firstAskedAt = this.#parts.clock.now();
    void this.#ask(ref, firstAskedAt);
    if (luck.next() < 0.4) this.#later(secondMs, () => void this.#ask(ref, firstAskedAt));
  }

  /** Who asks again under the same key shares the run, and so what befell it before. */
  async #ask(ref: string, firstAskedAt: number): Promise<void> {
    const { trace } = this.#parts;
    const life = this.#parts.life();
    if (life.isDead) return;
    let isTold = false;
    this.#later(deadlineMs + graceMs, () => {
      if (!isTold && this.#isCalm(life, firstAskedAt))
        this.wrong.push(`whoever asked for ${ref} waits longer than the deadline`);
    });
    const answer = await Promise.race([
      life.engine.receiveAndWait({
        channel: "api",
        source: "api",
        type: "availability",
        flow: "availability",
        dedupeKey: `availability:shop:${ref}`,
        data: { opportunityId: ref },
        headers: {},
        respondBy: life.now() + deadlineMs,
      }),
      life.death.then(() => undefined),
    ]);
    isTold = true;
    if (answer === undefined || life.isDead) return;
    trace.add("caller", `${ref} -> ${answer.outcome}${statusOf(answer)}`);
    this.#judge(ref, answer, () => this.#isCalm(life, firstAskedAt));
  }

  #judge(ref: string, answer: CallAnswer, isCalm: () => boolean): void {
    const isPending =
      answer.outcome === "pending" ||
      (answer.outcome === "answered" && answer.response.status === 202);
    if (isPending && isCalm())
      this.wrong.push(`the look-up of ${ref} has a time-out, and its caller was told to wait`);
    if (answer.outcome !== "answered" || isPending) return;
    const { response, runId } = answer;
    const { body, status } = response;
    const isTrue = status === 200 && isJsonObject(body) && body["ok"] === !ref.endsWith("no-stock");
    if (!isTrue && status !== 503)
      this.wrong.push(`${ref} was answered with ${status} ${JSON.stringify(body)}`);
    this.#told.push({ ref, runId, response });
  }

  /** Each caller was told what is on record, and what all others of its key were told. */
  async verdict(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { ref, runId, response } of this.#told) {
      const run = await this.#parts.life().store.read.run(runId);
      if (run === undefined || run.emptiedAt !== undefined) continue;
      if (!isDeepStrictEqual(run.response, response))
        found.push(
          `${ref} was told ${JSON.stringify(response)}, and ${JSON.stringify(run.response)} is on record`,
        );
    }
    return found;
  }

  /** Nothing kept the engine from its work since, so that its times hold. */
  #isCalm(life: Life, since: number): boolean {
    const { weather, witness } = this.#parts;
    return (
      !life.isDead &&
      life.engine.status().state === "running" &&
      !weather.setsClock &&
      witness.storeFailedAt < since
    );
  }

  #later(ms: number, act: () => void): void {
    const { clock } = this.#parts;
    clock.schedule(clock.now() + ms, act);
  }
}

const statusOf = (answer: CallAnswer): string =>
  answer.outcome === "answered" ? ` ${answer.response.status}` : "";
