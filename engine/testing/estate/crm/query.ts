import { isJsonObject, type Json } from "../../../model/json.ts";
import { Refused } from "../exchange.ts";
import { children, objectTypes, parents, type SObject } from "./objects.ts";
import type { CrmRecords } from "./records.ts";
import type { Condition, Literal, SoqlQuery } from "./soql.ts";

/** Where records are found on the wire, for their `attributes.url`. */
export const sobjectsPath = "/services/data/v60.0/sobjects";

/** The rows of a query, shaped as the API answers them. Throws `Refused` for an unknown name. */
export function rowsOf(records: CrmRecords, query: SoqlQuery): readonly Json[] {
  const type = query.from;
  if (!objectTypes.has(type)) throw invalid(`sObject type '${type}' is not supported.`, "TYPE");
  const id = query.where.find(({ field, operator }) => field === "Id" && operator === "=");
  if (id === undefined) return found(records, type, records.all(type), query);
  const one = records.get(type, String(id.values[0]));
  return found(records, type, one === undefined ? [] : [one], query);
}

function found(
  records: CrmRecords,
  type: string,
  candidates: readonly SObject[],
  query: SoqlQuery,
): readonly Json[] {
  const holds = (record: SObject) =>
    query.where.every((condition) =>
      conditionHolds(valueOf(records, type, record, condition.field), condition),
    );
  const rows = candidates.filter(holds).toSorted((left, right) => {
    for (const { field, descending } of query.orderBy) {
      const order = compare(
        valueOf(records, type, left, field),
        valueOf(records, type, right, field),
      );
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  return rows.slice(0, query.limit).map((record) => shaped(records, type, record, query));
}

function shaped(records: CrmRecords, type: string, record: SObject, query: SoqlQuery): Json {
  const row: Record<string, Json> = { attributes: attributesOf(type, record.Id) };
  for (const path of query.fields) {
    place(records, row, { type, record, names: path.split(".") });
  }
  for (const query_ of query.children) {
    const relation = children[`${type}.${query_.from}`];
    if (relation === undefined) throw invalid(`Didn't understand relationship '${query_.from}'.`);
    const mine = records.childrenOf(relation.type, relation.by, record.Id);
    const rows = found(records, relation.type, mine, query_);
    row[query_.from] =
      rows.length === 0 ? null : { totalSize: rows.length, done: true, records: rows };
  }
  return row;
}

interface Wanted {
  readonly type: string;
  readonly record: SObject;
  /** Relationships, then a field: `["Account", "Parent", "Name"]`. */
  readonly names: readonly string[];
}

function place(records: CrmRecords, row: Record<string, Json>, wanted: Wanted): void {
  const { type, record, names } = wanted;
  const [first = "", ...rest] = names;
  if (rest.length === 0) {
    row[first] = valueOf(records, type, record, first);
    return;
  }
  const parent = parentOf(records, type, record, first);
  if (parent === undefined) {
    row[first] = null;
    return;
  }
  const known = row[first];
  const inner: Record<string, Json> = isJsonObject(known)
    ? { ...known }
    : { attributes: attributesOf(parent.type, parent.record.Id) };
  row[first] = inner;
  place(records, inner, { ...parent, names: rest });
}

function parentOf(records: CrmRecords, type: string, record: SObject, relation: string) {
  const link = parents[`${type}.${relation}`];
  if (link === undefined) throw invalid(`Didn't understand relationship '${relation}'.`);
  const id = record[link.by];
  const parent = typeof id === "string" ? records.get(link.type, id) : undefined;
  return parent === undefined ? undefined : { type: link.type, record: parent };
}

function valueOf(records: CrmRecords, type: string, record: SObject, path: string): Json {
  const [first = "", ...rest] = path.split(".");
  if (rest.length > 0) {
    const parent = parentOf(records, type, record, first);
    if (parent === undefined) return null;
    return valueOf(records, parent.type, parent.record, rest.join("."));
  }
  if (objectTypes.get(type)?.fields[first] === undefined) {
    throw invalid(`No such column '${first}' on entity '${type}'.`, "FIELD");
  }
  return record[first] ?? null;
}

function conditionHolds(value: Json, { operator, values }: Condition): boolean {
  const [wanted = null] = values;
  switch (operator) {
    case "IN":
      return values.some((one) => compare(value, one) === 0);
    case "LIKE":
      return typeof value === "string" && like(String(wanted)).test(value);
    case "=":
      return compare(value, wanted) === 0;
    case "!=":
      return compare(value, wanted) !== 0;
    case ">":
      return value !== null && compare(value, wanted) > 0;
    case ">=":
      return value !== null && compare(value, wanted) >= 0;
    case "<":
      return value !== null && compare(value, wanted) < 0;
    case "<=":
      return value !== null && compare(value, wanted) <= 0;
  }
}

function like(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("%", ".*").replaceAll("_", ".")}$`, "i");
}

const dateTime = /^\d{4}-\d\d-\d\dT/;

/** Nulls first; date-times by instant; text without case, as the CRM compares. */
function compare(left: Json, right: Json | Literal): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  if (typeof left === "string" && typeof right === "string") {
    if (dateTime.test(left) && dateTime.test(right)) return Date.parse(left) - Date.parse(right);
    const [one, other] = [left.toLowerCase(), right.toLowerCase()];
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return Number(left) - Number(right);
}

export function attributesOf(type: string, id: string): Json {
  return { type, url: `${sobjectsPath}/${type}/${id}` };
}

function invalid(message: string, what: "TYPE" | "FIELD" = "FIELD"): Refused {
  return new Refused({ status: 400, body: [{ message, errorCode: `INVALID_${what}` }] });
}
