import type { Json, JsonObject } from "../../../model/json.ts";
import { stringAt } from "../exchange.ts";
import type { World } from "../world.ts";

type Stored = Record<string, Json> & { readonly id: number };

/** What changes at the support desk: its events and its entries in the ledger have one shape. */
interface Kind {
  readonly name: "ticket" | "user";
  /** A digit of its events' ids. */
  readonly digit: string;
  /** As the vendor names the shape of the event. */
  readonly version: string;
}

export const ticketKind: Kind = { name: "ticket", digit: "b", version: "2022-11-06" };
export const userKind: Kind = { name: "user", digit: "c", version: "2022-06-20" };

/** Tells subscribers of a change; `detail` is what the vendor says of each record of the kind. */
export function announce(
  world: World,
  kind: Kind,
  record: Stored,
  change: { readonly what: string; readonly event: JsonObject; readonly detail: JsonObject },
): void {
  const { random, webhooks } = world;
  const hex = (length: number) => random.hex(length);
  const id = `${hex(8)}-${hex(4)}-4${hex(3)}-${kind.digit}${hex(3)}-${hex(12)}`;
  const type = `zen:event-type:${kind.name}.${change.what}`;
  const organization = record["organization_id"] ?? null;
  const detail = {
    ...change.detail,
    id: String(record.id),
    external_id: record["external_id"] ?? null,
    organization_id: organization === null ? null : JSON.stringify(organization),
    created_at: record["created_at"] ?? null,
    updated_at: record["updated_at"] ?? null,
  };
  const body: JsonObject = {
    account_id: 1_501,
    id,
    type,
    subject: `zen:${kind.name}:${record.id}`,
    time: timeIn(world),
    zendesk_event_version: kind.version,
    event: change.event,
    detail,
  };
  webhooks.push({ id, type, body });
}

/** Puts an effect into the ledger that tests count. */
export function recordEffect(world: World, { name }: Kind, effect: string, record: Stored): void {
  world.ledger.record({
    system: "support",
    effect: `${name}.${effect}`,
    id: String(record.id),
    reference: stringAt(record, "external_id") ?? null,
    data: structuredClone(record),
  });
}

export function timeIn(world: World): string {
  return new Date(world.agenda.now()).toISOString();
}
