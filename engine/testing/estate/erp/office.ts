import type { JsonObject } from "../../../model/json.ts";
import type { EstateRequest, Reply } from "../exchange.ts";
import type { World } from "../world.ts";
import { badRequest } from "./refusal.ts";

/** What every ERP record carries. */
export type Stamped = {
  version: number;
  changed_at: string;
};

interface Change {
  readonly cursor: number;
  readonly entity: string;
  readonly key: string;
  readonly kind: string;
  readonly version: number;
  readonly changed_at: string;
  readonly data: JsonObject;
}

/** What the ERP's departments share: numbers, stamps, and the feed of changes. */
export class Office {
  readonly world: World;
  /** Who is at work: our session, or the ERP itself. */
  by: "integration" | "system" = "system";
  readonly #changes: Change[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
  }

  /** The next number of a series, such as `SO-100001`. */
  number(series: string): string {
    const next = (this.#numbers.get(series) ?? 100_000) + 1;
    this.#numbers.set(series, next);
    return `${series}-${next}`;
  }

  stamp(): Stamped {
    return { version: 1, changed_at: this.time() };
  }

  touch(record: Stamped): void {
    record.version += 1;
    record.changed_at = this.time();
  }

  time(): string {
    return new Date(this.world.agenda.now()).toISOString();
  }

  today(): string {
    return this.time().slice(0, 10);
  }

  change(entity: string, key: string, kind: string, record: Stamped & JsonObject): void {
    this.#changes.push({
      cursor: this.#changes.length + 1,
      entity,
      key,
      kind,
      version: record.version,
      changed_at: record.changed_at,
      data: { ...structuredClone(record), changed_by: this.by },
    });
  }

  changes(request: EstateRequest): Reply {
    const after = Number(request.query.get("after") ?? "0");
    const found = this.#changes.filter((change) => change.cursor > after);
    const shown = found.slice(0, limitOf(request));
    const body = {
      changes: shown.map((change): JsonObject => ({ ...change })),
      next: shown.at(-1)?.cursor ?? after,
      more: found.length > shown.length,
    };
    return { status: 200, body };
  }
}

/** One page of a list, after the record whose `key` field is the query's `after`. */
export function listed(request: EstateRequest, rows: readonly JsonObject[], key: string): Reply {
  const keyOf = (row: JsonObject) => {
    const value = row[key];
    return typeof value === "string" ? value : "";
  };
  const after = request.query.get("after");
  const start = after === null ? 0 : rows.findIndex((row) => keyOf(row) === after) + 1;
  const shown = rows.slice(start, start + limitOf(request));
  const last = shown.at(-1);
  const more = start + shown.length < rows.length;
  const next = more && last !== undefined ? keyOf(last) : null;
  return { status: 200, body: { items: shown.map((row) => ({ ...row })), next } };
}

/** Rows whose fields equal the query's, for those fields that the query names. */
export function filtered<T extends JsonObject>(
  request: EstateRequest,
  rows: Iterable<T>,
  fields: readonly string[],
): readonly T[] {
  const wanted = fields.flatMap((field) => {
    const value = request.query.get(field);
    return value === null ? [] : [{ field, value }];
  });
  return [...rows].filter((row) =>
    wanted.every(({ field, value }) => {
      const own = row[field] ?? null;
      return own !== null && typeof own !== "object" && String(own) === value;
    }),
  );
}

function limitOf(request: EstateRequest): number {
  const limit = Number(request.query.get("limit") ?? "50");
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 200) {
    throw badRequest("limit", "limit is no whole number from 1 to 200");
  }
  return limit;
}

/** A date so many months later; the 31st becomes the month's last day. */
export function monthsLater(date: string, months: number): string {
  const [year = 1970, month = 1, day = 1] = date.split("-").map(Number);
  const lastDay = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  const later = new Date(Date.UTC(year, month - 1 + months, Math.min(day, lastDay)));
  return later.toISOString().slice(0, 10);
}
