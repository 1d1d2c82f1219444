import type { Json } from "../../model/json.ts";
import type { Clock } from "../clock.ts";
import type { Log, LogLevel } from "../log.ts";

export interface LogOptions {
  readonly clock: Pick<Clock, "now">;
  /** Takes one finished line, without its line break. */
  readonly write: (line: string) => void;
  /** `json`: one object a line, for machines. `pretty`: for people at a terminal. */
  readonly format: "json" | "pretty";
  /** Least level that is written; `info` unless told. */
  readonly level?: LogLevel;
  readonly color?: boolean;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const colors: Readonly<Record<LogLevel, number>> = { debug: 90, info: 36, warn: 33, error: 31 };

/** A log that writes lines. */
export function createLog(options: LogOptions): Log {
  const least = ranks[options.level ?? "info"];
  const line = options.format === "json" ? jsonLine : prettyLine;
  return {
    write(level, message, fields = {}) {
      if (ranks[level] < least) return;
      const at = new Date(options.clock.now()).toISOString();
      options.write(line({ at, level, message, fields, color: options.color === true }));
    },
  };
}

interface Entry {
  readonly at: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, Json>>;
  readonly color: boolean;
}

function jsonLine({ at, level, message, fields }: Entry): string {
  const envelope = { at, level, message };
  // The envelope comes first for readers, and last so that no field can pass for it.
  return JSON.stringify(Object.assign({}, envelope, fields, envelope));
}

function prettyLine({ at, level, message, fields, color }: Entry): string {
  const paint = (code: number, text: string): string =>
    color ? `\u001B[${code}m${text}\u001B[0m` : text;
  const pairs = Object.entries(fields).map(
    ([name, value]) => `${paint(90, `${printable(name)}=`)}${printable(plain(value))}`,
  );
  const head = `${paint(90, at.slice(11, 23))} ${paint(colors[level], level.padEnd(5))}`;
  return [`${head} ${printable(message)}`, ...pairs].join(" ");
}

function plain(value: Json): string {
  return typeof value === "string" && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/** A partner's text may hold line breaks and terminal codes: neither may reach the terminal. */
function printable(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    /[\u0000-\u001F\u007F-\u009F]/g,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
