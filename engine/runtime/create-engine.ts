import { FlowError, UsageError } from "../errors/flow-error.ts";
import { checkedAnswer } from "../core/task-answer.ts";
import type { ApiResponse } from "../model/decision.ts";
import type { Delivery } from "../model/delivery.ts";
import type { FactRequest } from "../model/expression.ts";
import type { Instant, Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { CallAnswer, ReceiveAnswer, Received } from "../model/received.ts";
import type { RawOutcome } from "../model/request.ts";
import type { TaskAnswer } from "../model/run-event.ts";
import type { Recovered, Unpark } from "../ports/store.ts";
import { Activity } from "./activity.ts";
import { Beginner } from "./beginner.ts";
import { Callers } from "./callers.ts";
import { Decider, type Done } from "./decider.ts";
import { Dispatch } from "./dispatch.ts";
import type { Adoption, Engine, EngineReplay } from "./engine.ts";
import { FactLoader } from "./facts.ts";
import { FollowUp } from "./follow-up.ts";
import { Generations } from "./generations.ts";
import { IntakeMaker } from "./intake-maker.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import type { PauseTarget } from "../model/operator.ts";
import { beginLife, drained, endLife } from "./lifetime.ts";
import { Operators } from "./operators.ts";
import { Pauses } from "./pauses.ts";
import { Receiver, refusedOf, roomOf } from "./receive.ts";
import { Relay } from "./relay.ts";
import { auditReplay, notReplayable, payloadOver, receivedAgain, replayingOf } from "./replay.ts";
import type { EngineStatus, Outlook } from "./status.ts";
import { Waiters } from "./waiters.ts";
import { defaultLimits, type Limits, type World } from "./world.ts";

const drainMsDefault = 10_000;
const retryMs = 1_000;

/** Makes an engine on a store that no other process uses. It does nothing before `start`. */
export function createEngine(world: World, generation: Generation): Engine {
  return new RunningEngine(world, generation);
}

class RunningEngine implements Engine {
  readonly #world: World;
  readonly #limits: Limits;
  readonly #activity = new Activity();
  readonly #generations: Generations;
  readonly #facts: FactLoader;
  readonly #pauses: Pauses;
  readonly #waiters: Waiters;
  readonly #receiver: Receiver;
  readonly #beginner: Beginner;
  readonly #dispatch: Dispatch;
  readonly #relay: Relay;
  readonly #callers: Callers;
  readonly #operators: Operators;
  readonly #followUp: FollowUp;
  readonly #adoptions = new KeyedQueue();
  #state: EngineStatus["state"] = "new";
  #trouble: EngineStatus["trouble"];
  #isRetrying = false;

  constructor(world: World, generation: Generation) {
    this.#world = world;
    const limits = { ...defaultLimits, ...world.limits };
    this.#limits = limits;
    const activity = this.#activity;
    const generations = new Generations(world, generation);
    const facts = new FactLoader(world);
    const intakes = new IntakeMaker(world, facts);
    const pauses = new Pauses(world.store, () => generations.current);
    const failed = (error: unknown): void => this.#failed(error);
    this.#generations = generations;
    this.#facts = facts;
    this.#pauses = pauses;
    this.#waiters = new Waiters(world.clock);
    this.#beginner = new Beginner({
      world,
      generation: () => generations.current,
      reserve: (deliveries) => this.#relay.reserve(deliveries),
      room: () => this.#dispatch.room,
      done: (done) => this.#done(done),
    });
    this.#receiver = new Receiver({
      world,
      limits,
      activity,
      generations,
      intakes,
      beginner: this.#beginner,
      isOpen: () => this.#state === "running",
      accepted: (accepted) => this.#followUp.accepted(accepted),
    });
    const decider = new Decider({
      world,
      limits,
      activity,
      generations,
      facts,
      intakes,
      reserve: (deliveries) => this.#relay.reserve(deliveries),
      done: (done) => this.#done(done),
      isOpen: () => this.#state !== "stopped",
      failed,
    });
    this.#dispatch = new Dispatch({ world, limits, activity, decider, pauses, failed });
    this.#relay = new Relay({
      world,
      limits,
      activity,
      generations,
      pauses,
      outcome: (delivery, outcome, crashed) => this.#dispatch.outcome(delivery, outcome, crashed),
      failed,
    });
    this.#callers = new Callers({
      world,
      receiver: this.#receiver,
      waiters: this.#waiters,
    });
    this.#operators = new Operators({
      world,
      pauses,
      relay: this.#relay,
      generation: () => generations.current,
      kickRuns: () => this.#dispatch.kickRuns(),
    });
    this.#followUp = new FollowUp({
      world,
      generation: () => generations.current,
      activity,
      dispatch: this.#dispatch,
      relay: this.#relay,
      waiters: this.#waiters,
      failed,
    });
  }

  async start(): Promise<Recovered> {
    if (this.#state !== "new") {
      throw new UsageError("runtime/started-twice", `the engine is ${this.#state} already`, {
        help: "make a new engine on the same store",
      });
    }
    const { log } = this.#world;
    await this.#generations.save(this.#generations.current);
    await this.#pauses.load();
    const { recovered, crashed, crashes, unsent } = await beginLife(this.#world);
    this.#beginner.open(crashed);
    this.#state = "running";
    this.#followUp.open();
    this.#relay.open({ crashes, unsent });
    this.#dispatch.open();
    await this.#relay.restore();
    log.write("info", "the engine runs", { ...recovered, generation: this.generation().hash });
    return recovered;
  }

  async stop(options: { readonly drainMs?: number } = {}): Promise<void> {
    if (this.#state !== "running") return;
    this.#state = "stopping";
    const { log } = this.#world;
    this.#dispatch.close();
    this.#relay.close();
    this.#followUp.close();
    this.#waiters.close();
    const isDrained = await drained(this.#world, this.#activity, options.drainMs ?? drainMsDefault);
    this.#state = "stopped";
    const isSaved = await this.#relay.save();
    // Otherwise the next process takes it for a crash, as it must.
    if (isDrained && isSaved) await this.#recordStop();
    log.write("info", "the engine stopped", { drained: isDrained });
  }

  receive(received: Received): Promise<ReceiveAnswer> {
    return this.#receiver.take(received);
  }

  receiveInOrder(received: readonly Received[]): Promise<readonly ReceiveAnswer[]> {
    return this.#receiver.takeInOrder(received);
  }

  receiveAndWait(received: Received): Promise<CallAnswer> {
    return this.#callers.receiveAndWait(received);
  }

  response(runId: string): Promise<ApiResponse | undefined> {
    return this.#callers.response(runId);
  }

  facts(requests: readonly FactRequest[], now: Instant): Promise<ReadonlyMap<string, Json>> {
    return this.#facts.load(requests, this.generation(), now);
  }

  read(delivery: Delivery, signal: AbortSignal): Promise<RawOutcome> {
    return this.#relay.read(delivery, signal);
  }

  async replay(messageId: string, options: EngineReplay): Promise<ReceiveAnswer> {
    const found = await this.#world.store.read.message(messageId);
    const generation =
      options.generation === undefined
        ? this.generation()
        : await this.#generations.of(options.generation);
    if (found === undefined || generation === undefined) throw notReplayable(messageId, options);
    if (found.emptiedAt !== undefined && options.data === undefined) {
      throw payloadOver(messageId, found.emptiedAt);
    }
    const { clock, ids } = this.#world;
    const received = receivedAgain(found, options, ids.next(clock.now()));
    const replaying = replayingOf(found.message, generation, options);
    const answer = await this.#receiver.take(received, { replaying });
    await auditReplay(this.#world, found.message.id, options, answer);
    return answer;
  }

  generation(): Generation {
    return this.#generations.current;
  }

  adopt(generation: Generation): Promise<Adoption> {
    // One after the other, so that the last one called is the one that stays.
    return this.#activity.track(() => this.#adoptions.run("", () => this.#adopt(generation)));
  }

  async choose(taskId: string, answer: TaskAnswer): Promise<boolean> {
    const { clock, store } = this.#world;
    const [task] = await store.read.tasks({ id: taskId });
    if (task === undefined) return false;
    const chosen = await store.choose(taskId, checkedAnswer(task, answer), clock.now());
    if (chosen) this.#dispatch.kickSignals();
    return chosen;
  }

  async unpark(runId: string, answer: Unpark): Promise<boolean> {
    const unparked = await this.#world.store.unpark(runId, answer, this.#world.clock.now());
    if (!unparked) return false;
    if (answer.kind === "discard") this.#relay.cancel(runId);
    this.#dispatch.kickSignals();
    this.#dispatch.kickRuns();
    return true;
  }

  pause(target: PauseTarget, by: string): Promise<void> {
    return this.#operators.pause(target, by);
  }

  drain(target: PauseTarget, by: string): Promise<void> {
    return this.#operators.drain(target, by);
  }

  resume(target: PauseTarget, by: string): Promise<boolean> {
    return this.#operators.resume(target, by);
  }

  room(): number {
    return roomOf(this.#world.store.backlog, this.#limits);
  }

  outlook(): Promise<Outlook> {
    return this.#operators.outlook();
  }

  status(): EngineStatus {
    const now = this.#world.clock.now();
    const { nextDue, unmapped } = this.#followUp;
    return {
      state: this.#state,
      ...(this.#trouble === undefined ? {} : { trouble: this.#trouble }),
      generation: this.generation().hash,
      backlog: this.#world.store.backlog,
      refused: refusedOf(this.#world.store.backlog, this.#limits),
      deciding: this.#dispatch.deciding,
      sending: this.#relay.sending,
      waiting: this.#waiters.size,
      adapters: this.#relay.status(now),
      paused: this.#pauses.targets("pause"),
      draining: this.#pauses.targets("drain"),
      unmapped: unmapped.list(),
      ...(nextDue === undefined ? {} : { nextDue }),
    };
  }

  async idle(): Promise<void> {
    await this.#activity.idle();
    this.#world.signals?.reach("idle");
  }

  async #adopt(generation: Generation): Promise<Adoption> {
    const world = this.#world;
    const { signals, log } = world;
    const { hash } = generation;
    if (hash === this.generation().hash) return { outcome: "unchanged", hash };
    const findings = (await world.preflight?.(generation)) ?? [];
    if (findings.some(({ severity }) => severity === "error")) {
      signals?.reach("reload-refused", { generation: hash });
      return { outcome: "refused", findings };
    }
    try {
      await this.#generations.save(generation);
    } catch (error) {
      await world.abandoned?.();
      throw error;
    }
    this.#generations.swap(generation);
    this.#relay.adopt(generation);
    world.adopted?.(generation);
    log.write("info", "another generation is current", { generation: hash });
    signals?.reach("reloaded", { generation: hash });
    await this.#generations.prune();
    return { outcome: "adopted", hash };
  }

  #done(done: Done): void {
    this.#trouble = undefined;
    this.#followUp.done(done);
  }

  /** A loop met an error that is not a message's: all is tried again a little later. */
  #failed(error: unknown): void {
    const { clock, log } = this.#world;
    const message = error instanceof Error ? error.message : "not an error";
    const code = error instanceof FlowError ? error.code : "runtime/loop-failed";
    log.write("error", "a loop of the engine failed; it goes on shortly", { code, why: message });
    this.#trouble = { message, since: clock.now() };
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    clock.schedule(clock.now() + retryMs, () => {
      this.#isRetrying = false;
      this.#dispatch.kickSignals();
      this.#followUp.due();
    });
  }

  /** A store that cannot write keeps nobody from stopping: the next start then recovers. */
  async #recordStop(): Promise<void> {
    try {
      await endLife(this.#world, [...this.#relay.unsent()]);
    } catch (error) {
      this.#failed(error);
    }
  }
}
