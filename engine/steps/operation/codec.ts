import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { SchemaPlan } from "../../model/plan/generation.ts";
import { describing, itemPlace, memberPlace, type Place } from "../shared/coerce-arrays.ts";

type Codec = NonNullable<AdapterPlan["codec"]>;
type TypeOfFormat = Codec["types"][string];
type Schemas = ReadonlyMap<string, SchemaPlan>;

const pad = (value: Json | undefined, width: number) =>
  String(Number(value ?? 0)).padStart(width, "0");

/** Replaces every tagged value of an answer by its text in the JSON Schema format. */
export function decode(value: Json, codec: Codec | undefined): Json {
  if (codec === undefined) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => decode(item, codec));
  if (!isJsonObject(value)) return value;
  const tag = value[codec.tag];
  const found =
    typeof tag === "string"
      ? Object.entries(codec.types).find(([, type]) => type.tag === tag)
      : undefined;
  if (found !== undefined) return textOfTagged(value, found[1]);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]): [string, Json] => [name, decode(member, codec)]),
  );
}

function textOfTagged(value: JsonObject, type: TypeOfFormat): Json {
  const part = (name: string) =>
    value[Object.keys(type.fields).find((field) => type.fields[field] === name) ?? ""];
  const has = (name: string) => Object.values(type.fields).some((field) => field === name);
  if (has("text")) return part("text") ?? null;
  if (has("base64")) return part("base64") ?? null;
  if (has("seconds")) return durationText(Number(part("seconds") ?? 0));
  const date = `${pad(part("year"), 4)}-${pad(part("month"), 2)}-${pad(part("day"), 2)}`;
  const clock = `${pad(part("hour"), 2)}:${pad(part("minute"), 2)}:${pad(part("second"), 2)}`;
  if (!has("hour")) return date;
  const micros = Number(part("microsecond") ?? 0);
  const fraction = micros === 0 ? "" : `.${pad(micros, 6).replace(/0+$/, "")}`;
  return has("year") ? `${date}T${clock}${fraction}Z` : `${clock}${fraction}`;
}

function durationText(seconds: number): string {
  return `${seconds < 0 ? "-" : ""}PT${Math.abs(seconds)}S`;
}

/** Tags the values of a request where the schema says a format that the codec knows. */
export function encode(
  value: Json,
  codec: Codec | undefined,
  schema: SchemaPlan | undefined,
  schemas: Schemas,
): Json {
  if (codec === undefined || schema === undefined) return value;
  return encodeAt(value, codec, { schema: schema.schema, root: schema.schema }, schemas);
}

function encodeAt(value: Json, codec: Codec, place: Place, schemas: Schemas): Json {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item, index) => {
      const inner = itemPlace(place, index, schemas);
      return inner === undefined ? item : encodeAt(item, codec, inner, schemas);
    });
  }
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]): [string, Json] => {
        const inner = memberPlace(place, name, schemas);
        return [name, inner === undefined ? member : encodeAt(member, codec, inner, schemas)];
      }),
    );
  }
  if (typeof value !== "string") return value;
  for (const { schema } of describing(place, schemas)) {
    const format = schema["format"];
    const type = typeof format === "string" ? codec.types[format] : undefined;
    if (type !== undefined) return taggedOfText(value, codec.tag, type);
  }
  return value;
}

function taggedOfText(text: string, tag: string, type: TypeOfFormat): Json {
  const match = /^(?:(\d+)-(\d+)-(\d+))?T?(?:(\d+):(\d+):(\d+)(?:\.(\d+))?)?/.exec(text);
  const number = (index: number) => Number(match?.[index] ?? 0);
  const parts: Readonly<Record<string, Json>> = {
    text,
    base64: text,
    seconds: secondsOf(text),
    year: number(1),
    month: number(2),
    day: number(3),
    hour: number(4),
    minute: number(5),
    second: number(6),
    microsecond: Number((match?.[7] ?? "0").padEnd(6, "0").slice(0, 6)),
  };
  const members = Object.entries(type.fields).map(([member, part]): [string, Json] => [
    member,
    parts[part] ?? null,
  ]);
  return { [tag]: type.tag, ...Object.fromEntries(members) };
}

/** Seconds of an ISO 8601 duration in days, hours, minutes and seconds. */
function secondsOf(text: string): number {
  const match = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(text);
  const part = (index: number) => Number(match?.[index] ?? 0);
  const seconds = part(2) * 86_400 + part(3) * 3600 + part(4) * 60 + part(5);
  return match?.[1] === "-" ? -seconds : seconds;
}
