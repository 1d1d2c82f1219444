import type { Json } from "../../../model/json.ts";
import { lineAmount, sumOf } from "../money.ts";
import { Shelf } from "../shelf.ts";
import type { World } from "../world.ts";
import { objectTypes, recordId, type ObjectType, type SObject } from "./objects.ts";

/** Who changed a record: our integration, or a person in the CRM's own screens. */
export type Origin = "api" | "ui";

/** Objects whose changes are sent out: lines and tasks are read with what they belong to. */
const announced: ReadonlySet<string> = new Set(["Account", "Contact", "Opportunity"]);
const wonStage = "Closed Won";
const probabilities: Readonly<Record<string, number>> = {
  Prospecting: 10,
  Qualification: 20,
  "Negotiation/Review": 90,
  [wonStage]: 100,
  "Closed Lost": 0,
};

/** The CRM's records, and a change event for each change. */
export class CrmRecords {
  readonly #world: World;
  readonly #instance: string;
  readonly #byId = new Map<string, SObject>();
  readonly #byType = new Shelf<SObject>();
  /** How many of each type were ever made: an id is given once. */
  readonly #made = new Map<string, number>();
  readonly #linesOf = new Shelf<SObject>();
  readonly #lastEvent = new Map<string, { id: string; type: string; body: Json }>();
  #commits = 0;

  constructor(world: World) {
    this.#world = world;
    this.#instance = `5${world.random.hex(2).toUpperCase()}`;
  }

  all(type: string): readonly SObject[] {
    return this.#byType.get(type);
  }

  /** By 18 characters, or the 15 that screens show. */
  get(type: string, id: string): SObject | undefined {
    const prefix = objectTypes.get(type)?.prefix;
    if (prefix === undefined || !id.startsWith(prefix)) return undefined;
    return this.#byId.get(id) ?? this.all(type).find((record) => record.Id.slice(0, 15) === id);
  }

  /** Children that name this record in their field `by`. */
  childrenOf(type: string, by: string, id: string): readonly SObject[] {
    if (by !== "OpportunityId") return this.all(type).filter((child) => child[by] === id);
    return [...new Set(this.#linesOf.get(id))].filter((line) => line["OpportunityId"] === id);
  }

  create(type: ObjectType, values: Readonly<Record<string, Json>>, origin: Origin): SObject {
    const count = (this.#made.get(type.name) ?? 0) + 1;
    this.#made.set(type.name, count);
    const now = new Date(this.#world.agenda.now()).toISOString();
    const Id = recordId(type.prefix, this.#instance, count);
    const record: SObject = { ...emptyOf(type), ...values, ...stampsOf(now), Id };
    Object.assign(record, computed(type, record), stageChange(type, {}, record, now));
    this.#keep(type, record);
    this.#record(type, "created", record, values, origin);
    this.#announce(type, record, "CREATE", Object.keys(type.fields), origin);
    return record;
  }

  /** A person enters a record. */
  make(name: string, values: Readonly<Record<string, Json>>): SObject {
    const type = objectTypes.get(name);
    if (type === undefined) throw new TypeError(`no object type ${name}`);
    return this.create(type, values, "ui");
  }

  /**
   * A record as another CRM has it, under its own id: what it says stands as it is, what it leaves out is
   * empty. Nobody is told.
   */
  adopt(name: string, record: SObject): void {
    const type = objectTypes.get(name);
    if (type === undefined) throw new TypeError(`no object type ${name}`);
    const now = new Date(this.#world.agenda.now()).toISOString();
    this.#keep(type, { ...emptyOf(type), ...stampsOf(now), ...record });
  }

  update(type: ObjectType, id: string, values: Readonly<Record<string, Json>>, origin: Origin) {
    const record = this.#byId.get(id);
    if (record === undefined) return;
    const before = { ...record };
    const now = new Date(this.#world.agenda.now()).toISOString();
    Object.assign(record, values);
    Object.assign(record, computed(type, record), stageChange(type, before, record, now));
    const changed = Object.keys(type.fields).filter((name) => record[name] !== before[name]);
    this.#record(type, "updated", record, values, origin);
    if (changed.length === 0) return;
    this.#addLine(record);
    Object.assign(record, { LastModifiedDate: now, SystemModstamp: now });
    this.#announce(type, record, "UPDATE", [...changed, "LastModifiedDate"], origin);
  }

  /** A person deletes a record. */
  remove(name: string, id: string): void {
    const type = objectTypes.get(name);
    const record = this.get(name, id);
    if (type === undefined || record === undefined) return;
    this.#byId.delete(record.Id);
    this.#byType.remove(name, record);
    this.#announce(type, record, "DELETE", [], "ui");
  }

  /** Sends the last change event of a record once more, as vendors do when an answer was lost. */
  redeliver(id: string): void {
    const event = this.#lastEvent.get(id);
    if (event !== undefined) this.#world.webhooks.push(event);
  }

  #keep(type: ObjectType, record: SObject): void {
    this.#byId.set(record.Id, record);
    this.#byType.add(type.name, record);
    this.#addLine(record);
  }

  /** A deal with lines is worth what they add up to. */
  #addLine(record: SObject): void {
    const { OpportunityId: id } = record;
    if (typeof id !== "string") return;
    this.#linesOf.add(id, record);
    const deal = this.#byId.get(id);
    if (deal === undefined) return;
    const lines = this.childrenOf("OpportunityLineItem", "OpportunityId", id);
    deal["Amount"] = sumOf(lines.map((line) => hundredths(line["TotalPrice"]))) / 100;
  }

  #record(
    type: ObjectType,
    what: string,
    record: SObject,
    values: Readonly<Record<string, Json>>,
    origin: Origin,
  ): void {
    if (origin === "ui") return;
    const effect = `${type.name.toLowerCase()}.${what}`;
    this.#world.ledger.record({ system: "crm", effect, id: record.Id, data: { ...values } });
  }

  #announce(
    type: ObjectType,
    record: SObject,
    changeType: "CREATE" | "UPDATE" | "DELETE",
    changed: readonly string[],
    origin: Origin,
  ): void {
    if (!announced.has(type.name)) return;
    this.#commits += 1;
    const client = origin === "api" ? "sluice" : "ui";
    const id = transactionKey(this.#world);
    const names = changed.filter((name) => name !== "Id" && name !== "SystemModstamp");
    const values = names.map((name) => [name, eventValue(type, name, record[name] ?? null)]);
    const body = {
      ChangeEventHeader: {
        entityName: type.name,
        recordIds: [record.Id],
        changeType,
        changeOrigin: `com/salesforce/api/rest/60.0;client=${client}`,
        transactionKey: id,
        sequenceNumber: 1,
        commitTimestamp: this.#world.agenda.now(),
        commitNumber: this.#commits,
        commitUser: recordId("005", this.#instance, origin === "api" ? 1 : 2),
        nulledFields: changeType === "UPDATE" ? names.filter((name) => record[name] === null) : [],
        diffFields: [],
        changedFields: changeType === "UPDATE" ? names : [],
      },
      ...(Object.fromEntries(values) as Record<string, Json>),
    };
    const event = { id, type: `${type.name} ${changeType}`, body };
    this.#lastEvent.set(record.Id, event);
    this.#world.webhooks.push(event);
  }
}

function emptyOf(type: ObjectType): Record<string, Json> {
  return Object.fromEntries(Object.keys(type.fields).map((name) => [name, null]));
}

function stampsOf(now: string): Record<string, Json> {
  return { CreatedDate: now, LastModifiedDate: now, SystemModstamp: now };
}

/** Fields that the CRM works out by itself. */
function computed(type: ObjectType, record: SObject): Record<string, Json> {
  if (type.name === "OpportunityLineItem") {
    const [price, discount] = [hundredths(record["UnitPrice"]), hundredths(record["Discount"])];
    const quantity = Math.trunc(Number(record["Quantity"]));
    return { TotalPrice: lineAmount(price, quantity, discount) / 100 };
  }
  if (type.name === "Contact") {
    const names = [record["FirstName"], record["LastName"]];
    return { Name: names.filter((name) => typeof name === "string").join(" ") };
  }
  if (type.name !== "Opportunity") return {};
  const value = record["StageName"];
  const stage = typeof value === "string" ? value : "";
  return {
    IsWon: stage === wonStage,
    IsClosed: stage.startsWith("Closed"),
    Probability: probabilities[stage] ?? 50,
  };
}

/** When a deal came to the stage where it is. */
function stageChange(
  type: ObjectType,
  before: Readonly<Partial<SObject>>,
  record: SObject,
  now: string,
): Record<string, Json> {
  const moved = type.name === "Opportunity" && before["StageName"] !== record["StageName"];
  return moved ? { LastStageChangeDate: now } : {};
}

/** JSON numbers with two places at most, as integers. */
function hundredths(value: Json | undefined): number {
  return typeof value === "number" ? Math.round(value * 100) : 0;
}

/** Change events carry dates and times as milliseconds, unlike the API. */
function eventValue(type: ObjectType, name: string, value: Json): Json {
  const kind = type.fields[name];
  const isTime = kind === "date" || kind === "date-time";
  return isTime && typeof value === "string" ? Date.parse(value) : value;
}

function transactionKey(world: World): string {
  const hex = (length: number) => world.random.hex(length);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}
