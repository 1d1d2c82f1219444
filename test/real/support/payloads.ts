import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type JsonObject } from "../../../engine/model/json.ts";

const folder =
  process.env["SLUICE_PAYLOADS"] ?? join(import.meta.dirname, "../../../../shared/real/payloads");

/** Whether there are any; a run without them says so, once a test file. */
export function hasPayloads(of: string): boolean {
  const isThere = existsSync(join(folder, of));
  if (!isThere) {
    const tests = "its tests are left out: name the folder by SLUICE_PAYLOADS";
    process.stdout.write(`no recorded payloads of ${of} in ${folder}: ${tests}\n`);
  }
  return isThere;
}

/** A payload byte by byte, as it lies there. */
export const recordedText = (path: string): string => readFileSync(join(folder, path), "utf8");

/**
 * A payload that a vendor's system really sent, read where it lies. Undefined when it is not there:
 * then a test says so and takes what the estate sends.
 */
export function recorded(path: string): JsonObject | undefined {
  const file = join(folder, path);
  if (!existsSync(file)) {
    process.stdout.write(`no recorded payload at ${file}: the estate's own is taken\n`);
    return undefined;
  }
  const value: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!isJsonObject(value)) throw new TypeError(`${file} is no JSON object`);
  return value;
}
