import { canonicalJson } from "./canonical-json.ts";
import type { Json } from "./json.ts";

/** Where the last write of a record is remembered: as a `cache` fact. */
export const echoKey = (adapter: string, record: string): string => `echo ${adapter} ${record}`;

/** What was written, and what came back, as one text: equal when both have the same values. */
export const echoText = (values: Json): string => canonicalJson(values);
