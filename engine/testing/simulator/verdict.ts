import type { EngineStatus } from "../../runtime/status.ts";
import type { Database } from "../../store/sqlite/sqlite.ts";
import { type End, once } from "./end.ts";
import type { Entry, Partners } from "./partners.ts";
import { effectRows, messageIds } from "./purger.ts";
import type { Fate } from "./story.ts";
import { asked, kits } from "./verdict-asked.ts";

/** What is not as it must be, by the partners' own books; nothing when all is well. */
export function verdictOn(end: End): readonly string[] {
  return [
    ...orders(end),
    ...receivables(end),
    ...usage(end),
    ...states(end),
    ...notes(end),
    ...visits(end),
    ...kits(end),
    ...asked(end),
    ...accepted(end),
    ...stuck(end),
    ...doubled(end),
    ...leftovers(end),
    ...ledger(end),
  ];
}

const confirmed: readonly Fate[] = ["ordered", "late-no", "no-subscription", "inactive"];
const created: readonly Fate[] = [...confirmed, "unconfirmed"];
const subscribed: readonly Fate[] = ["ordered", "late-no", "inactive"];

/**
 * What was given up is undone, and made anew when a person lets it go on: so never two at a time, one
 * at the end where one is due, and an order is never cancelled before its subscription.
 */
function orders({ story, partners }: End): readonly string[] {
  return story.opportunities.flatMap(({ id, fate, lines }) => {
    const isOrdered = fate === "ordered";
    const stage = partners.rows("stages", id).at(-1)?.data["stage"];
    const wanted = isOrdered ? "ordered" : "refused";
    const isConfirmed = partners.rows("orders.confirmed", id).length > 0;
    return [
      ...lifeOf(partners, "orders", id, { isMade: created.includes(fate), isLeft: isOrdered }),
      ...lifeOf(partners, "subscriptions", id, {
        isMade: subscribed.includes(fate),
        isLeft: isOrdered,
      }),
      ...undoOrder(partners, id),
      ...lines.flatMap((sku) =>
        once(
          partners.rows("reservations", `${id}/${sku}`),
          `reservation ${id}/${sku}`,
          isOrdered ? 1 : 0,
        ),
      ),
      ...(confirmed.includes(fate) === isConfirmed ? [] : [`order ${id} is not confirmed`]),
      ...(stage === wanted
        ? []
        : [`the CRM says ${JSON.stringify(stage)} of ${id}, which is ${wanted}`]),
    ];
  });
}

function lifeOf(
  { book }: Partners,
  what: string,
  id: string,
  expected: { readonly isMade: boolean; readonly isLeft: boolean },
): readonly string[] {
  let standing = 0;
  let most = 0;
  for (const row of book.filter(({ ref }) => ref === id)) {
    if (row.what === what) standing += 1;
    if (row.what === `${what}.cancelled`) standing = 0;
    most = Math.max(most, standing);
  }
  return [
    ...(most === (expected.isMade ? 1 : 0) ? [] : [`${what} ${id}: ${most} at a time`]),
    ...(standing === (expected.isLeft ? 1 : 0) ? [] : [`${what} ${id}: ${standing} are left`]),
  ];
}

function undoOrder({ book }: Partners, id: string): readonly string[] {
  let isSubscribed = false;
  for (const { what, ref } of book) {
    if (ref !== id) continue;
    if (what === "subscriptions") isSubscribed = true;
    if (what === "subscriptions.cancelled") isSubscribed = false;
    if (what === "orders.cancelled" && isSubscribed) {
      return [`order ${id} was undone before its subscription`];
    }
  }
  return [];
}

function isBefore({ book }: Partners, a: Entry | undefined, b: Entry | undefined): boolean {
  return a !== undefined && b !== undefined && book.indexOf(a) < book.indexOf(b);
}

function receivables(end: End): readonly string[] {
  const { partners } = end;
  const { invoices, payments } = end.story;
  return [
    ...invoices.flatMap(({ id }) => once(partners.rows("invoices", id), `invoice ${id}`)),
    ...payments.flatMap(({ id, invoice }) => {
      const booked = partners.rows("payments", id);
      const isEarly =
        booked.length > 0 && !isBefore(partners, partners.rows("invoices", invoice)[0], booked[0]);
      return [
        ...once(booked, `payment ${id}`),
        ...(isEarly ? [`payment ${id} was booked before its invoice`] : []),
      ];
    }),
    ...overtaken(end, { lane: "receivables ", ids: /^e-(P.*)$/, what: "payments" }),
    ...sums("invoices", partners.rows("invoices"), invoices),
    ...sums("payments", partners.rows("payments"), payments),
  ];
}

function sums(
  what: string,
  rows: readonly Entry[],
  expected: readonly { readonly amount: string }[],
): readonly string[] {
  const booked = rows.reduce((sum, { data }) => sum + Number(data["amount"]), 0);
  const billed = expected.reduce((sum, { amount }) => sum + Number(amount), 0);
  return booked === billed ? [] : [`billing has ${what} of ${billed}, and the ERP of ${booked}`];
}

function usage({ story, partners, runs }: End): readonly string[] {
  const skipped = new Set(
    runs
      .filter(({ flow, status }) => flow === "usage-in" && status === "superseded")
      .map(({ identity }) => identity),
  );
  const meters = [...Map.groupBy(story.usage, ({ meter }) => meter)];
  return meters.flatMap(([meter, rows]) => {
    const booked = partners
      .rows("usage")
      .filter(({ ref }) => ref.startsWith(`${meter}-`))
      .map(({ ref }) => Number(ref.slice(meter.length + 1)));
    const isInOrder = booked.every((number, index) => number > (booked[index - 1] ?? 0));
    const missing = rows.filter(({ id, number }) => !booked.includes(number) && !skipped.has(id));
    return [
      ...(isInOrder ? [] : [`usage of ${meter} was posted in the order ${booked.join()}`]),
      ...missing.map(({ id }) => `usage ${id} was neither posted nor said to be superseded`),
    ];
  });
}

function states({ story, partners }: End): readonly string[] {
  const versions = [...story.versions].flatMap(([account, last]) => {
    const seen = partners.rows("accounts", account).map(({ data }) => Number(data["version"]));
    const isForward = seen.every((version, index) => version >= (seen[index - 1] ?? 0));
    return [
      ...((seen.at(-1) ?? 0) === last
        ? []
        : [`account ${account} is at version ${seen.at(-1) ?? 0} instead of ${last}`]),
      ...(isForward ? [] : [`account ${account} went through the versions ${seen.join()}`]),
    ];
  });
  const holds = [...story.holds].flatMap(([account, isHeld]) => {
    const on = partners.rows("holds", account).at(-1)?.data["on"] ?? false;
    return on === isHeld
      ? []
      : [`the hold of account ${account} is ${JSON.stringify(on)} instead of ${isHeld}`];
  });
  return [...versions, ...holds];
}

function notes(end: End): readonly string[] {
  const { story, partners } = end;
  return [
    ...story.notes.flatMap(({ id }) => once(partners.rows("notes", id), `note ${id}`)),
    ...overtaken(end, { lane: "notes ", ids: /^e-(N.*)$/, what: "notes" }),
  ];
}

interface Ordered {
  /** What the names of its lanes begin with. */
  readonly lane: string;
  /** Of dedupe keys, and in them what the partner's book calls it. */
  readonly ids: RegExp;
  /** Table of the partner's book. */
  readonly what: string;
}

/** What was acknowledged before another of its lane was sent stands before it in the book. */
function overtaken(
  { partners, sendings, database }: End,
  { lane, ids, what }: Ordered,
): readonly string[] {
  // What a gap check brought came before it was told; of what is gone nobody knows how it came.
  const told = new Set(messageIds(database, "webhook"));
  const place = (id: string): number =>
    partners.book.findIndex((row) => row.what === what && row.ref === id);
  const sent = sendings.flatMap((sending) => {
    const id = ids.exec(sending.told.received.dedupeKey)?.[1];
    const isTold = told.has(sending.messageId?.replaceAll("-", "") ?? "");
    return id !== undefined && isTold && sending.told.lane.startsWith(lane)
      ? [{ ...sending, id }]
      : [];
  });
  return sent.flatMap((before) =>
    sent
      .filter(
        ({ told, firstSentAt }) =>
          told.lane === before.told.lane && (before.acceptedAt ?? Infinity) < (firstSentAt ?? 0),
      )
      .filter((after) => place(before.id) > place(after.id))
      .map((after) => `${what}: ${after.id} overtook ${before.id}`),
  );
}

/**
 * Each visit gets its seat, in order, and its room once it is confirmed. A visit that waits leaves its
 * lane, and comes back to the head of it: what stood behind the one that was at work when its
 * confirmation was taken comes after it.
 */
function visits(end: End): readonly string[] {
  const { story, partners, sendings } = end;
  const sent = new Map(sendings.map((sending) => [sending.told.received.dedupeKey, sending]));
  const seat = (id: string): Entry | undefined => partners.rows("visits", `${id}/seat`)[0];
  const returns = story.visits
    .filter(({ waits }) => waits)
    .flatMap(({ id }) => {
      const confirmedAt = sent.get(`e-${id}-confirmed`)?.acceptedAt ?? Infinity;
      const room = partners.rows("visits", `${id}/room`)[0];
      // Confirmed before it had its turn, it never leaves the lane.
      if ((seat(id)?.at ?? Infinity) > confirmedAt) return [];
      const others = story.visits.filter((other) => other.id !== id);
      return others.flatMap((behind) => {
        const queuedAt = sent.get(`e-${behind.id}`)?.firstSentAt ?? 0;
        const isBehind = others.some(
          (ahead) =>
            !ahead.waits &&
            ahead.id !== behind.id &&
            (sent.get(`e-${ahead.id}`)?.acceptedAt ?? Infinity) < queuedAt &&
            (seat(ahead.id)?.at ?? 0) > confirmedAt,
        );
        return isBehind && isBefore(partners, seat(behind.id), room)
          ? [`visit ${behind.id} went before ${id}, which had come back to their lane`]
          : [];
      });
    });
  return [
    ...story.visits.flatMap(({ id, waits }) => [
      ...once(partners.rows("visits", `${id}/seat`), `seat of visit ${id}`),
      ...once(partners.rows("visits", `${id}/room`), `room of visit ${id}`, waits ? 1 : 0),
    ]),
    ...returns,
  ];
}

/** Every event was acknowledged, and what was acknowledged is in the store. */
function accepted({ sendings, database, gone }: End): readonly string[] {
  const stored = new Set([...gone.messages, ...messageIds(database)]);
  return sendings.flatMap(({ told, isLost, isOfGone, messageId }) => {
    if (isLost === true || isOfGone === true) return [];
    const { dedupeKey } = told.received;
    if (messageId === undefined) return [`${dedupeKey} was never taken`];
    return stored.has(messageId.replaceAll("-", ""))
      ? []
      : [`${dedupeKey} was answered with 2xx, and is not there`];
  });
}

/** Nothing is under way; nothing failed that must not; nothing is parked. */
function stuck({ runs, story, discarded }: End): readonly string[] {
  const opportunities = story.opportunities.filter(({ fate }) => fate !== "ordered");
  const partial = story.kits.filter(
    ({ isWhole, parts }) => isWhole && parts.some(({ isThere }) => !isThere),
  );
  const refused = new Set([
    ...opportunities.map(({ id }) => `opportunity-to-order ${id}:won`),
    ...partial.map(({ id }) => `kit-to-erp ${id}`),
  ]);
  return runs.flatMap(({ id, flow, identity, status, error }) => {
    const mayFail = refused.has(`${flow} ${identity}`);
    const isEnded = mayFail
      ? status === "failed"
      : status === "done" ||
        (status === "superseded" && ["usage-in", "account-latest"].includes(flow));
    const isWell = isEnded || (status === "discarded" && discarded.has(id));
    return isWell
      ? []
      : [`${flow} ${identity} is ${status}: ${error?.message ?? "nothing says why"}`];
  });
}

/** One run of a flow for one business identity; a replay is another on purpose. */
function doubled({ runs }: End): readonly string[] {
  const first = runs.filter(({ replayOf }) => replayOf === undefined);
  const names = Map.groupBy(first, ({ flow, identity }) => `${flow} ${identity}`);
  return [...names].flatMap(([name, all]) =>
    all.length === 1 ? [] : [`there are ${all.length} runs of ${name}`],
  );
}

const leftoverOf: Readonly<Record<string, string>> = {
  "deliveries without an outcome":
    "SELECT count(*) FROM delivery WHERE status IN ('pending', 'sent')",
  timers: "SELECT count(*) FROM timer",
  signals: "SELECT count(*) FROM signal",
  "claimed runs": "SELECT count(*) FROM run WHERE claimed = 1 AND ended_at IS NULL",
  "open listens": "SELECT count(*) FROM listen",
  "open tasks": "SELECT count(*) FROM task WHERE status = 'open'",
  "runs awaited by a parent": "SELECT count(*) FROM waiter",
  "messages stored twice": "SELECT count(dedupe_key) - count(DISTINCT dedupe_key) FROM message",
};

/** What the engine says of its backlog is what a count of all runs says: those neither over nor parked. */
export function wrongBacklog(
  { state, backlog }: EngineStatus,
  database: Database,
): readonly string[] {
  if (state !== "running") return [];
  const sql =
    "SELECT count(*) FROM run WHERE ended_at IS NULL AND status NOT IN ('dead', 'invalid', 'in-doubt', 'stuck')";
  const counted = Number(database.prepare(sql).pluck().get());
  return backlog === counted
    ? []
    : [`the engine says that ${backlog} runs are open, and there are ${counted}`];
}

function leftovers({ database }: End): readonly string[] {
  return Object.entries(leftoverOf).flatMap(([what, sql]) => {
    const count = Number(database.prepare(sql).pluck().get());
    return count === 0 ? [] : [`there are ${count} ${what} left`];
  });
}

/** The engine's own account of its effects is the partners'. */
function ledger({ database, partners, gone }: End): readonly string[] {
  const effects = new Map([
    ...gone.effects,
    ...effectRows(database).map((row) => [row.no, row] as const),
  ]);
  const pairs = [
    ["note-to-crm", "steps.added", "notes"],
    ["invoice-in", "steps.posted", "invoices"],
    ["payment-in", "steps.booked", "payments"],
    ["usage-in", "steps.posted", "usage"],
    ["order-lines", "steps.lines", "reservations"],
    ["visit-to-erp", "steps.", "visits"],
    ["parcel-to-erp", "steps.booked", "parcels"],
    ["closing", "steps.closed", "periods"],
    ["stock-report", "steps.posted", "reports"],
    ["batch-to-erp", "steps.posted", "batches"],
  ] as const;
  return pairs.flatMap(([flow, path, what]) => {
    const recorded = [...effects.values()].filter(
      (row) => row.undone === 0 && row.flow === flow && row.path.startsWith(path),
    ).length;
    const made = partners.rows(what).length;
    return recorded === made
      ? []
      : [`the ledger has ${recorded} effects of ${flow}, and the partner ${made} ${what}`];
  });
}
