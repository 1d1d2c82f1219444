/** A mistake that someone could make in the engine: one small change of its real source. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The seed that found it before: it is played first, and the others from 1 on only when it finds nothing. */
  readonly foundBy?: number;
}

const queries = "engine/store/sqlite/queries.ts";
const readSql = `readFileSync(new URL(file, folder), "utf8")`;
/** A statement that does nothing, or something else, in place of one of `queries/`. */
const sql = (name: string, statement: string): Pick<Mutant, "file" | "from" | "to"> => ({
  file: queries,
  from: readSql,
  to: `(file === "${name}.sql" ? ${JSON.stringify(statement)} : ${readSql})`,
});

export const mutants: readonly Mutant[] = [
  {
    name: "crashes and failures are one counter",
    foundBy: 13,
    file: "engine/core/failing.ts",
    from: "failed.uncounted === true",
    to: "false",
  },
  {
    name: "a message is sent before its decision is committed",
    file: "engine/runtime/decider.ts",
    from: "const reserved = reserve(deliveries);",
    to: "const reserved = reserve(deliveries); reserved.settle(true);",
  },
  {
    name: "dedupe keys are not unique",
    file: "engine/store/sqlite/intake.ts",
    from: "if (known !== undefined && known.knownUntil > work.now) {",
    to: "if (known !== undefined && known.knownUntil < 0) {",
  },
  {
    name: "the identity of a run is not looked at",
    file: "engine/store/sqlite/intake.ts",
    from: "message.replayOf === undefined ? runOfIdentity(work, run) : undefined",
    to: "undefined as ReturnType<typeof runOfIdentity>",
  },
  {
    name: "a lane is released while its run is at work",
    file: "engine/store/sqlite/lane.ts",
    from: `if (work.query.get("lane-busy", { laneId }) !== undefined) return;`,
    to: "",
  },
  {
    name: "dedupe eats a replay",
    foundBy: 4,
    file: "engine/runtime/replay.ts",
    from: "`${message.dedupeKey}#replay-${name}`",
    to: "message.dedupeKey",
  },
  {
    name: "the replay of one step does not ask the ledger",
    file: "engine/steps/operation/ledger.ts",
    from: "if (context.run.replayOf === undefined) return",
    to: "if (context.run.replayOf === undefined || context.run.message.replay?.only !== undefined) return",
  },
  {
    name: "what a run left in doubt is sent again without a look-up",
    file: "engine/steps/operation/ledger.ts",
    from: "if (cleared.includes(effect.key)) return",
    to: 'if (effect.key !== "") return',
  },
  {
    name: "what stands in doubt is taken for done",
    file: "engine/steps/operation/ledger.ts",
    from: "if (outcome.doubt === true) {",
    to: "if (outcome.result === context) {",
  },
  {
    name: "claims of a dead process are kept",
    foundBy: 4,
    ...sql("run-unclaim", "UPDATE run SET claimed = 1 WHERE claimed = 1"),
  },
  {
    name: "what was sent before a crash is sent again without a look-up",
    file: "engine/runtime/relay.ts",
    from: "delivery.crashed === true && !delivery.read",
    to: "delivery.crashed === true && delivery.read",
  },
  {
    name: "an event that came early is dropped",
    file: "engine/store/sqlite/listening.ts",
    from: "if (event.keepUntil <= work.now) return;",
    to: "if (event.keepUntil > 0) return;",
  },
  {
    name: "undo goes from the first step to the last",
    file: "engine/core/undoables.ts",
    from: "b.order - a.order",
    to: "a.order - b.order",
  },
  {
    name: "a step that failed half-way is not undone",
    foundBy: 3,
    file: "engine/core/undoables.ts",
    from: `["failed", "caught"].includes(node.status) && node.partial !== undefined`,
    to: "false",
  },
  {
    name: "what was held back is never tested again",
    ...sql(
      "lane-retest",
      "UPDATE run SET retest = 0 WHERE lane_id = :laneId AND run_no <> :runNo AND run_no < 0",
    ),
  },
  {
    name: "the guard of the sequence is off",
    file: "engine/store/sqlite/intake.ts",
    from: "if (age < 0 || again) return true;",
    to: "if (age > 1e9 && again) return true;",
  },
  {
    name: "a commit that failed is called done",
    file: "engine/store/sqlite/group-commit.ts",
    from: "      this.#commit.run();\n      return results;",
    to: "      try { this.#commit.run(); } catch { this.#abandon(); }\n      return results;",
  },
  {
    name: "a budget believes the machine's clock",
    foundBy: 33,
    file: "engine/runtime/adapter-queue.ts",
    from: "const at = Math.max(this.#restUntil, this.budget.free(steady, priority));",
    to: "const at = Math.max(this.#restUntil, this.budget.free(now, priority) - now + steady);",
  },
  {
    name: "a request goes once more past the budget when its session had ended",
    foundBy: 20,
    file: "engine/channels/http-out/transport.ts",
    from: "(await pace?.again()) === false",
    to: "pace === undefined",
  },
  {
    name: "runs that a newer state superseded are counted as open",
    file: "engine/store/sqlite/run-end.ts",
    from: "work.opened += Number(isOpen(status)) - Number(isOpen(run.status));",
    to: 'if (status !== "superseded") work.opened += Number(isOpen(status)) - Number(isOpen(run.status));',
  },
  {
    name: "what was remembered outlives a rollback",
    file: "engine/store/sqlite/store.ts",
    from: "this.#snapshots.clear();",
    to: "",
  },
  {
    name: "what a person paused goes on after a restart",
    foundBy: 18,
    file: "engine/runtime/pauses.ts",
    from: "this.#holds = Array.isArray(saved) ? saved.flatMap(holdOf) : [];",
    to: "void saved;",
  },
  {
    name: "failures are counted anew at each retry",
    file: "engine/core/failing.ts",
    from: "const failures = (node?.failures ?? 0) + 1;",
    to: "const failures = 1;",
  },
  {
    name: "failures are forgotten by a restart",
    file: "engine/store/sqlite/state-text.ts",
    from: "const [path, status, started, ended, failures, order, effects, more] = text;",
    to: "const [path, status, started, ended, , order, effects, more] = text; const failures = 0;",
  },
  {
    name: "nothing waits between two attempts",
    file: "engine/core/retry.ts",
    from: "const due = chance.now + retryDelayMs(policy, failures, chance.random);",
    to: "const due = chance.now;",
  },
  {
    name: "timers are lost by a restart",
    foundBy: 10,
    ...sql("timer-recover", "DELETE FROM timer"),
  },
  {
    name: "what was spent of a budget is forgotten by a restart",
    foundBy: 43,
    file: "engine/runtime/queue-record.ts",
    from: "queue.budget.restore(record, lost",
    to: "queue.budget.restore([], lost",
  },
  {
    name: "the rest that a partner asked for is forgotten by a restart",
    foundBy: 28,
    file: "engine/runtime/queue-record.ts",
    from: "if (holdUntil !== undefined) {",
    to: "if (holdUntil === null) {",
  },
  {
    name: "what was held back is let go with the latest first",
    foundBy: 5,
    ...sql(
      "lane-next-held",
      "SELECT run_no AS runNo, position, gap_until AS gapUntil FROM run WHERE lane_id = :laneId AND ended_at IS NULL AND status = 'held' AND retest = 1 ORDER BY position DESC, run_no DESC LIMIT 1",
    ),
  },
  {
    name: "a task takes each answer that comes",
    ...sql(
      "task-answer",
      "UPDATE task SET status = 'answered', choice = :choice, pick = :pick, answered_by = :by, answered_at = :now WHERE task_id = :taskId RETURNING run_no AS runNo, path",
    ),
  },
  {
    name: "a run that comes back to its lane goes behind what is queued there",
    foundBy: 7,
    ...sql(
      "lane-returning",
      "SELECT run_no AS runNo FROM run WHERE lane_id = :laneId AND :now < 0 LIMIT 1",
    ),
  },
  {
    name: "a run that a person lets go on goes behind what is queued in its lane",
    foundBy: 3,
    file: "engine/store/sqlite/people.ts",
    from: `queueSignal(work, runNo, { kind: "resume", by: answer.by, ...settlementOf(answer) });
    // It comes back as a released run does: at once, or when the run now at work is done.
    setStatus(work, run, "released", { started: true });
    returnToLane(work, runNo, laneId);`,
    to: `setStatus(work, run, "released", { started: true });
    queueSignal(work, runNo, { kind: "resume", by: answer.by, ...settlementOf(answer) });`,
  },
  {
    name: "a key that was merged is not found any more",
    file: "engine/store/sqlite/key-index.ts",
    from: "if (filter !== undefined && !filter.mayHave(key)) continue;",
    to: "if (filter !== undefined) continue;",
  },
  {
    name: "a merge of keys is called done before they are written",
    foundBy: 4,
    file: "engine/store/sqlite/keys.ts",
    from: "if (merge.entries.length === 0) return;",
    to: "if (merge.entries.length === 0) return;\n  await write(() => index.close(merge));",
  },
  {
    name: "an event that came early is forgotten at the next leisure",
    ...sql(
      "early-event-over",
      "SELECT match_key AS matchKey, message_no AS messageNo FROM early_event WHERE :now > 0 ORDER BY keep_until LIMIT :limit",
    ),
  },
  {
    name: "a time of a schedule is on record before it is handed over",
    foundBy: 4,
    file: "engine/channels/schedule/schedules.ts",
    from: "const answer = await receiver.receive({",
    to: "await this.#save(entry, at);\n    const answer = await receiver.receive({",
  },
  {
    name: "times that were missed are not made up for",
    foundBy: 11,
    file: "engine/channels/schedule/schedules.ts",
    from: 'if (missed === "run-all") {',
    to: 'if (missed === "skip") {',
  },
  {
    name: "a time of a schedule that the engine refused is called done",
    foundBy: 4,
    file: "engine/channels/schedule/schedules.ts",
    from: 'if (answer.outcome === "refused") return answer.retryAt;',
    to: "",
  },
  {
    name: "a poll's place is on record before its rows are stored",
    foundBy: 4,
    file: "engine/channels/poll/polls.ts",
    from: "const accepted = await this.#accept(source, page);",
    to: "const last = page.items.at(-1)?.number;\n      if (last !== undefined) await this.#save(loop, { cursor: last, reached: last });\n      const accepted = await this.#accept(source, page);",
  },
  {
    name: "rows of a poll that the engine refused are called stored",
    foundBy: 6,
    file: "engine/channels/poll/hand-over.ts",
    from: "const taken = refused < 0 ? lot.length : refused;",
    to: "const taken = lot.length;",
  },
  {
    name: "a poll's page that is half read is taken for the whole of it",
    foundBy: 4,
    file: "engine/channels/poll/polls.ts",
    from: ": { cursor: progress.cursor, reached, page: next };",
    to: ": { cursor: Number(reached) + 1, reached: Number(reached) + 1 };",
  },
  {
    name: "the rest of a partner grows by what the clock was set back",
    foundBy: 29,
    file: "engine/runtime/queue-record.ts",
    from: "const setBack = Math.max(0, at - opened.now);",
    to: "const setBack = 0;",
  },
  {
    name: "what a split did before it failed is not undone",
    foundBy: 9,
    file: "engine/core/undoables.ts",
    from: 'return path.startsWith("steps.");',
    to: 'return path.startsWith("steps.") && !path.includes("[");',
  },
  {
    name: "a failed item ends a split that is to go on",
    foundBy: 9,
    file: "engine/steps/split.ts",
    from: 'progress.kind === "failed" && argument.onFailure?.continue === true',
    to: 'progress.kind === "failed" && argument.onFailure?.continue === false',
  },
  {
    name: "a split counts what failed as done",
    foundBy: 9,
    file: "engine/steps/split.ts",
    from: "done: keys.length - failed, failed };",
    to: "done: keys.length, failed };",
  },
  {
    name: "a paused flow begins all the same",
    foundBy: 24,
    file: "engine/runtime/pauses.ts",
    from: 'const paused = this.targets("pause").filter(({ kind }) => kind !== "system");\n      const beginning',
    to: 'const paused = this.targets("pause").filter(() => false);\n      const beginning',
  },
  {
    name: "a drained flow begins all the same",
    foundBy: 9,
    file: "engine/runtime/pauses.ts",
    from: 'const beginning = this.#selection(this.targets("drain"));',
    to: "const beginning = this.#selection([]);",
  },
  {
    name: "who calls a drained system begins all the same",
    foundBy: 17,
    file: "engine/runtime/reach.ts",
    from: "return { flows: flowsCalling(target.system, generation) };",
    to: "return { flows: [] };",
  },
  {
    name: "a stopped region goes on all the same",
    foundBy: 36,
    file: "engine/runtime/reach.ts",
    from: "return { regions: [target.region] };",
    to: "return { regions: [] };",
  },
  {
    name: "a gap check names what was missed, and leaves it there",
    foundBy: 5,
    file: "engine/channels/poll/polls.ts",
    from: 'if (taken.kind === "received") received.push(taken.received);',
    to: 'if (taken.kind === "received" && source.plan.gapCheck === undefined) received.push(taken.received);',
  },
  {
    name: "a run that a person edits loses its data",
    foundBy: 5,
    file: "engine/store/sqlite/people.ts",
    from: 'work.query.run("run-edit", { runNo, data: toJson(answer.data) });',
    to: 'work.query.run("run-edit", { runNo, data: toJson(null) });',
  },
  {
    name: "a run that a person ends counts as one that failed",
    file: "engine/store/sqlite/people.ts",
    from: 'setStatus(work, run, "discarded", {',
    to: 'setStatus(work, run, "failed", {',
  },
  {
    name: "what is still needed is let go of with what is over",
    foundBy: 41,
    file: "engine/store/sqlite/retention.ts",
    from: "if (isKept || needOf(work, record, this.#before) !== undefined) {",
    to: "if (isKept) {",
  },
  {
    name: "a run is decided by another generation than its own",
    foundBy: 13,
    file: "engine/runtime/decider.ts",
    from: "const generation = generations.now(run.generation) ?? (await generations.of(run.generation));",
    to: "const generation: Generation | undefined = generations.current;",
  },
  {
    name: "a key that was stopped goes on",
    foundBy: 25,
    file: "engine/runtime/reach.ts",
    from: "return { keys: [{ flow: target.flow, laneKey: target.laneKey }] };",
    to: "return {};",
  },
  {
    name: "a gap of a sequence is waited for without end",
    foundBy: 6,
    ...sql(
      "lane-gap-due",
      "SELECT run_no AS runNo, lane_id AS laneId FROM run WHERE gap_until <= :now AND :now < 0",
    ),
  },
  {
    name: "what a job took, and could not put on record, is replayed once more",
    foundBy: 10,
    file: "engine/runtime/replay.ts",
    from: "`${job.number}-${job.position}`",
    to: "`${job.number}-${job.position}-${id}`",
  },
  {
    name: "a job does not wait for a look at its canary",
    foundBy: 13,
    file: "engine/replay/jobs.ts",
    from: "const left = canary === 0 ? Infinity : Math.max(0, canary - next);",
    to: "const left = canary === next ? Infinity : 2;",
  },
  {
    name: "a job that was stopped goes on",
    foundBy: 7,
    file: "engine/replay/jobs.ts",
    from: 'const change = { status: "stopped", why: `stopped by ${by}` } as const;',
    to: 'const change = { status: "running", why: `stopped by ${by}` } as const;',
  },
  {
    name: "a job is forgotten by a restart",
    foundBy: 10,
    file: "engine/replay/jobs.ts",
    from: "this.#isOpen = true;\n    this.kick();",
    to: "this.#isOpen = true;",
  },
  {
    name: "a look-up waits longer than its time-out",
    foundBy: 36,
    file: "engine/core/walk.ts",
    from: 'if (timeout !== undefined) draft.timer(path, "timeout", draft.now + timeout);',
    to: 'if (timeout !== undefined) draft.timer(path, "timeout", draft.now + 9 * timeout);',
  },
  {
    name: "whoever asks again is not told what the first was told",
    foundBy: 36,
    file: "engine/runtime/callers.ts",
    from: "const given = isOwn ? undefined : await this.response(runId);",
    to: "const given = isOwn ? undefined : undefined;",
  },
  {
    name: "a page goes on behind a row that the disk refused",
    foundBy: 44,
    file: "engine/store/sqlite/group-commit.ts",
    from: "if (operation.series?.isBroken !== true) return",
    to: "if (operation.series !== null) return",
  },
  {
    name: "a web page is taken for what the partner says",
    foundBy: 6,
    file: "engine/model/web-page.ts",
    from: "status > 299 || !isWebPage(body)) return undefined;",
    to: 'status > 299 || body !== "") return undefined;',
  },
  {
    name: "what may still be on its way is overtaken",
    foundBy: 33_000_868,
    file: "engine/steps/operation/in-doubt.ts",
    from: "now + (policy.settle ?? 0)",
    to: "now",
  },
];
