import { isJsonObject, type Json } from "../../model/json.ts";
import type { StepContext } from "../behaviour.ts";
import { countOf, type IndexRanges, united, withIndex } from "./index-ranges.ts";
import { itemSegment } from "./item-segment.ts";

/** Above so many items, those that are over and cannot be undone leave the run's state. */
const longSplit = 250;
/** Collected values stand together, since each decision that has a new one writes its page anew. */
const pageSize = 32;

/** What a split remembers between decisions: small, however many items there are. */
interface Memo {
  readonly done: IndexRanges;
  readonly over: IndexRanges;
  readonly failed: IndexRanges;
  readonly draining: boolean;
}

/** How far a split has come. Items are named by their place among those read at its start. */
export class SplitPosition {
  readonly items: readonly Json[];
  readonly keys: readonly string[];
  draining: boolean;
  /** Done, and still in the state. */
  #done: IndexRanges;
  /** Done, and out of the state for good. */
  #over: IndexRanges;
  #failed: IndexRanges;

  private constructor(items: readonly Json[], keys: readonly string[], memo: Memo) {
    this.items = items;
    this.keys = keys;
    this.draining = memo.draining;
    this.#done = memo.done;
    this.#over = memo.over;
    this.#failed = memo.failed;
  }

  static start(
    context: StepContext,
    items: readonly Json[],
    keys: readonly string[],
  ): SplitPosition {
    context.keep("#items", items);
    context.keep("#keys", keys);
    return new SplitPosition(items, keys, { done: [], over: [], failed: [], draining: false });
  }

  /** The recorded position: items are read once, whatever happens to their source. */
  static recorded(context: StepContext): SplitPosition | undefined {
    const { memo } = context;
    if (!isJsonObject(memo)) return undefined;
    const items = listOf(context.kept("#items"));
    // Until items were named by their place, the memo held the keys.
    if (memo["keys"] !== undefined) return olderPosition(items, memo);
    const keys = listOf(context.kept("#keys")) as readonly string[];
    return new SplitPosition(items, keys, memo as unknown as Memo);
  }

  static of(items: readonly Json[], keys: readonly string[], memo: Memo): SplitPosition {
    return new SplitPosition(items, keys, memo);
  }

  get failed(): number {
    return countOf(this.#failed);
  }

  /** Items that have ended, as ranges of their places. */
  get ended(): IndexRanges {
    return united(this.#done, this.#over, this.#failed);
  }

  record(context: StepContext): void {
    context.record({
      done: this.#done,
      over: this.#over,
      failed: this.#failed,
      draining: this.draining,
    });
  }

  /** After a resume items are walked once more: some may have been undone meanwhile. */
  reopen(): void {
    this.draining = false;
    this.#done = [];
  }

  itemDone(context: StepContext, index: number): void {
    if (this.#forget(context, index)) this.#over = withIndex(this.#over, index);
    else this.#done = withIndex(this.#done, index);
  }

  itemFailed(context: StepContext, index: number): void {
    this.#forget(context, index);
    this.#failed = withIndex(this.#failed, index);
  }

  collect(context: StepContext, index: number, value: Json): void {
    const page = context.kept(pageOf(index));
    context.keep(pageOf(index), { ...(isJsonObject(page) ? page : {}), [index]: value });
  }

  collected(context: StepContext): readonly Json[] {
    return this.keys.map((key, index) => {
      const page = context.kept(pageOf(index));
      const value = isJsonObject(page) ? page[index] : undefined;
      return value ?? context.kept(itemSegment(key)) ?? null;
    });
  }

  #forget(context: StepContext, index: number): boolean {
    if (this.keys.length <= longSplit) return false;
    return context.forget(`${context.path}${itemSegment(this.keys[index] ?? "")}`);
  }
}

function pageOf(index: number): string {
  return `#results-${Math.floor(index / pageSize)}`;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function olderPosition(
  items: readonly Json[],
  memo: Readonly<Record<string, Json>>,
): SplitPosition {
  const keys = listOf(memo["keys"]) as readonly string[];
  const ended = memo["ended"] as Readonly<Record<string, Json>>;
  const placesOf = (end: string) =>
    united(keys.flatMap((key, index): IndexRanges => (ended[key] === end ? [[index, index]] : [])));
  return SplitPosition.of(items, keys, {
    done: placesOf("done"),
    over: [],
    failed: placesOf("failed"),
    draining: memo["draining"] === true,
  });
}
