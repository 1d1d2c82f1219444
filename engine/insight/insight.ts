import type { Instant } from "../model/json.ts";
import type { Category } from "../model/plan/impact.ts";
import type { IssueRow, NoticeEntry } from "../ports/insight-store.ts";
import { fileFailures } from "./filing.ts";
import { reconcile } from "./incidents.ts";
import { sendNotices } from "./notices.ts";
import { PromiseWatch, slaCounts, type SlaReport, slaReport } from "./promises.ts";
import { levelsOf, toldOf } from "./targets.ts";
import type { InsightWorld } from "./world.ts";

/** After an error of its own, insight tries again so much later. */
const retryMs = 5_000;
/** Unresolved issues looked at when the engine starts. */
const sweepMax = 1_000;

export type PersonsStatus = "open" | "acknowledged" | "resolved" | "ignored";

/**
 * Watches what fails: files failures under issues, closes an issue when all its records succeeded,
 * tells teams, and lets what nobody acknowledges climb. It reads what the runs' own commits wrote, so
 * that it costs nothing while nothing fails, and goes on where it stood after a crash.
 */
export class Insight {
  readonly #world: InsightWorld;
  readonly #ended = new Set<string>();
  #isWatching = false;
  #sweep: number | undefined;
  #isOpen = false;
  #again = false;
  /** What was wrong when that was last put on record; undefined after a start. */
  #incidents: string | undefined;
  #isUnsure = false;
  #work: Promise<void> | undefined;
  #cancel: () => void = () => {};

  readonly #promises: PromiseWatch;

  constructor(world: InsightWorld) {
    this.#world = world;
    this.#promises = new PromiseWatch({ ...world, store: world.promises }, () => this.kick());
  }

  /** Goes on where it stood: files what nobody filed, settles what ended meanwhile. */
  start(): void {
    this.#isOpen = true;
    this.#isWatching = true;
    this.#sweep = 0;
    this.kick();
  }

  async stop(): Promise<void> {
    this.#isOpen = false;
    this.#cancel();
    this.#promises.stop();
    await this.#work;
  }

  /** Something failed, or is due. */
  kick(): void {
    if (!this.#isOpen) return;
    this.#again = true;
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
    });
  }

  /** A run ended: only looked at while some issue waits for its records. */
  ended(runId: string): void {
    if (!this.#isWatching && this.#work === undefined) return;
    this.#ended.add(runId);
    this.kick();
  }

  /** A message was accepted: its runs have promises to keep. */
  accepted(): void {
    if (this.#isOpen) this.#promises.accepted();
  }

  /** Runs that are late or at risk, by promise; and issues that are open, by category. */
  async counts() {
    const { store, promises } = this.#world;
    const open = await store.read.issues({ unresolved: true, limit: sweepMax });
    const issues: Record<Category, number> = { critical: 0, high: 0, normal: 0, low: 0 };
    for (const { category } of open) issues[category] += 1;
    return { issues, promises: await slaCounts({ ...this.#world, store: promises }) };
  }

  /** How the promises stand. */
  sla(filter: Parameters<typeof slaReport>[1]): Promise<SlaReport> {
    return slaReport({ ...this.#world, store: this.#world.promises }, filter);
  }

  async idle(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /** A person's word on an issue. False when there is none of that number. */
  async set(number: number, status: PersonsStatus, by: string, comment?: string): Promise<boolean> {
    const { store, clock } = this.#world;
    return store.setIssue(
      number,
      { status, by, escalateAt: null, ...(comment === undefined ? {} : { comment }) },
      clock.now(),
    );
  }

  async #run(): Promise<void> {
    // Kicks of one turn are one round.
    await Promise.resolve();
    while (this.#again && this.#isOpen) {
      this.#again = false;
      try {
        await this.#promises.look();
        while (await fileFailures(this.#world));
        await this.#settle();
        await this.#reconcile();
        this.#isWatching = await this.#world.store.hasUnsettled();
        await this.#escalate();
        await sendNotices(this.#world);
        await this.#arm();
      } catch (error) {
        const why = error instanceof Error ? error.message : "not an error";
        this.#world.log.write("error", "issues could not be kept up to date", { why });
        this.#wakeAt(this.#world.clock.now() + retryMs);
      }
    }
  }

  async #settle(): Promise<void> {
    const { store, clock } = this.#world;
    while (this.#sweep !== undefined) {
      const { done, next } = await store.settle({ after: this.#sweep }, clock.now());
      this.#sweep = next;
      for (const issue of done) await this.#close(issue);
      if (next === undefined) await this.#closeLeft();
    }
    if (this.#ended.size === 0) return;
    const runIds = [...this.#ended];
    this.#ended.clear();
    const { done } = await store.settle({ runIds }, clock.now());
    for (const issue of done) await this.#close(issue);
  }

  /** What is wrong beside the records: opened once, closed when it is over. */
  async #reconcile(): Promise<void> {
    const now = this.#world.incidents?.();
    if (now === undefined) return;
    const seen = JSON.stringify(now.open);
    if (seen === this.#incidents && !this.#isUnsure) return;
    this.#isUnsure = await reconcile(this.#world, now, (issue, comment) =>
      this.#close(issue, comment),
    );
    this.#incidents = seen;
  }

  /** What was settled before a crash, and not closed any more. */
  async #closeLeft(): Promise<void> {
    const open = await this.#world.store.read.issues({ unresolved: true, limit: sweepMax });
    for (const issue of open) {
      if (issue.kind !== "incident" && issue.unsettled === 0) await this.#close(issue);
    }
  }

  /** All its records succeeded since: whoever was told that it is there hears that it is over. */
  async #close(
    issue: IssueRow,
    comment = "every record that failed so has succeeded since",
  ): Promise<void> {
    const { store, clock } = this.#world;
    const now = clock.now();
    const told = (await store.read.notices(issue.number)).filter(
      ({ at, what, status }) =>
        at >= issue.openedAt && what !== "resolved" && status !== "given-up",
    );
    const places = Map.groupBy(told, ({ team, target }) => JSON.stringify([team, target]));
    const notices = [...places.values()].flatMap((rows) => {
      // With what nobody was told yet, which would sound as if it had opened after all.
      const waiting = rows.flatMap(({ status, due }) => (status === "pending" ? [due] : []));
      const due = Math.max(now, ...waiting);
      return rows
        .slice(0, 1)
        .map(({ team, target }) => ({ team, target, what: "resolved" as const, due }));
    });
    await store.setIssue(
      issue.number,
      { status: "resolved", by: "sluice", comment, escalateAt: null, notices },
      now,
    );
  }

  async #escalate(): Promise<void> {
    const { store, clock, generation } = this.#world;
    const now = clock.now();
    const { teams } = generation().workspace;
    for (const issue of await store.dueEscalations(now)) {
      const levels = levelsOf(issue.team, teams);
      const level = levels[issue.escalated];
      const next = levels[issue.escalated + 1];
      const notices = level === undefined ? [] : noticesTo(level.team, now);
      await store.setIssue(
        issue.number,
        {
          escalated: issue.escalated + (level === undefined ? 0 : 1),
          escalateAt: next === undefined ? null : issue.openedAt + next.afterMs,
          notices,
        },
        now,
      );
    }

    function noticesTo(team: string, due: Instant): readonly Omit<NoticeEntry, "fingerprint">[] {
      return toldOf(teams[team], "critical").map(({ name }) => ({
        what: "escalated" as const,
        team,
        target: name,
        due,
      }));
    }
  }

  async #arm(): Promise<void> {
    const due = await this.#world.store.nextDue();
    if (due !== undefined) this.#wakeAt(Math.max(due, this.#world.clock.now()));
  }

  #wakeAt(at: Instant): void {
    this.#cancel();
    if (!this.#isOpen) return;
    this.#cancel = this.#world.clock.schedule(at, () => this.kick());
  }
}
