import { StoreError } from "../../errors/flow-error.ts";
import type { Series } from "../../ports/store.ts";
import { storeError } from "./failure.ts";
import type { Turns } from "./turns.ts";
import type { Database } from "./sqlite.ts";

interface Operation {
  readonly series: Series | undefined;
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

type Result = { readonly value: unknown } | { readonly error: Error };

interface Hooks {
  /** A transaction, or an operation that may be undone alone, is about to end: what else belongs to it is written now. */
  ending(): void;
  /** Something was undone: what was remembered of the tables may be wrong. */
  rolledBack(): void;
  /** A transaction is on disk. */
  committed(): void;
}

/** So many operations share a transaction at most: longer ones would hold up the event loop. */
const operationsMax = 256;
/** So many turns of the event loop a transaction waits at most, as long as each brings more for it. */
const turnsMax = 3;
/** After a transaction of so few operations, the next waits for none: hardly anything would come. */
const few = 4;

/**
 * Group commit: what is asked for within one turn of the event loop is one transaction, in the order
 * of the calls; under load, of the next turns, too, since half of what a transaction costs is the same
 * for few operations as for many. While there is little to do, nobody waits for more. A promise resolves when the transaction is on disk; an operation that fails rejects
 * alone. From about a hundred rows a transaction on, full durability costs next to nothing.
 *
 * Nearly always nothing fails, so a group is first written plainly. When something does, all of it is
 * undone and written again with a savepoint around each operation: a savepoint makes SQLite copy
 * every page before its first change, which costs more than most operations.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #hooks: Hooks;
  readonly #turns: Turns;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #savepoint;
  readonly #release;
  readonly #undo;
  #queue: Operation[] = [];
  #scheduled = false;
  /** How many operations the last transaction had. */
  #last = 0;

  constructor(database: Database, hooks: Hooks, turns: Turns) {
    this.#database = database;
    this.#hooks = hooks;
    this.#turns = turns;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
    this.#savepoint = database.prepare("SAVEPOINT operation");
    this.#release = database.prepare("RELEASE operation");
    this.#undo = database.prepare("ROLLBACK TO operation");
  }

  /**
   * Queues an operation; it must be synchronous, repeatable, and free of effects beyond the tables.
   * Once one of a series has failed, those after it fail, too.
   */
  write<T>(run: () => T, series?: Series): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ series, run, resolve: (value) => resolve(value as T), reject });
      this.#schedule();
    });
  }

  /**
   * One operation in a transaction of its own, in which foreign keys are not enforced. It may not be
   * switched within a transaction; switching has each statement prepared anew at its next use.
   */
  unbound<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#turns.soon(() => {
        this.#database.pragma("foreign_keys = OFF");
        const operation = { series: undefined, run, resolve: () => {}, reject: () => {} };
        const result = this.#alone(operation);
        this.#database.pragma("foreign_keys = ON");
        if ("error" in result) reject(result.error);
        else resolve(result.value as T);
        this.#hooks.committed();
      });
    });
  }

  /** Writes all that is queued, at once. */
  drain(): void {
    while (this.#queue.length > 0) this.#turn();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#soon(0, this.#last > few ? turnsMax : 1);
  }

  /** `known`: how many operations were queued a turn before. */
  #soon(known: number, left: number): void {
    this.#turns.soon(() => {
      const { length } = this.#queue;
      if (length > known && length < operationsMax && left > 1) {
        this.#soon(length, left - 1);
        return;
      }
      this.#scheduled = false;
      if (length > 0) this.#turn();
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  #turn(): void {
    const group = this.#queue.slice(0, operationsMax);
    this.#queue = this.#queue.slice(operationsMax);
    this.#last = group.length;
    const results =
      this.#together(group, plainly) ??
      this.#together(group, (operation) => this.#within(operation)) ??
      group.map((operation) => this.#alone(operation));
    for (const [index, operation] of group.entries()) {
      const result = results[index];
      if (result === undefined) continue;
      if ("error" in result) operation.reject(result.error);
      else operation.resolve(result.value);
    }
    this.#hooks.committed();
  }

  /** Undefined when the transaction as a whole was lost: by an operation that threw, a full disk. */
  #together(
    group: readonly Operation[],
    write: (operation: Operation) => Result,
  ): readonly Result[] | undefined {
    const refused = this.#refusal();
    if (refused !== undefined) return group.map((operation) => failed(operation, refused));
    try {
      const results: Result[] = [];
      for (const operation of group) {
        results.push(write(operation));
        if (!this.#database.inTransaction) return undefined;
      }
      this.#hooks.ending();
      this.#commit.run();
      return results;
    } catch {
      this.#abandon();
      return undefined;
    }
  }

  /** Begins. A lock that another holds is not waited for by each operation in turn. */
  #refusal(): Error | undefined {
    try {
      this.#begin.run();
      return undefined;
    } catch (error) {
      return storeError(error);
    }
  }

  #within(operation: Operation): Result {
    this.#savepoint.run();
    try {
      const value = inTurn(operation);
      this.#hooks.ending();
      this.#release.run();
      return { value };
    } catch (error) {
      this.#hooks.rolledBack();
      if (this.#database.inTransaction) {
        this.#undo.run();
        this.#release.run();
      }
      return failed(operation, error);
    }
  }

  #alone(operation: Operation): Result {
    try {
      this.#begin.run();
      const value = inTurn(operation);
      this.#hooks.ending();
      this.#commit.run();
      return { value };
    } catch (error) {
      this.#abandon();
      return failed(operation, error);
    }
  }

  #abandon(): void {
    this.#hooks.rolledBack();
    if (this.#database.inTransaction) this.#rollback.run();
  }
}

function plainly(operation: Operation): Result {
  return { value: inTurn(operation) };
}

function inTurn(operation: Operation): unknown {
  if (operation.series?.isBroken !== true) return operation.run();
  throw new StoreError("store/out-of-turn", "what came before it could not be stored", {
    help: "hand over again what was refused, in its order",
  });
}

function failed({ series }: Operation, error: unknown): Result {
  if (series !== undefined) series.isBroken = true;
  return { error: storeError(error) };
}
