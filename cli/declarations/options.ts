/** Options that several verbs take, as commander writes them, and what they are for. */

export const json = ["--json", "machine-readable output"] as const;

export const server = [
  "--server <url>",
  "admin API of a running engine; its store file unless told",
] as const;

export const store = ["--store <file>", "database file; the workspace's own unless told"] as const;

export const time = [
  ["--since <time>", "not older: a date-time with its zone, or a duration such as 2h"],
  ["--until <time>", "only older: a date-time with its zone, or a duration such as 30m"],
] as const;

export const limit = ["--limit <n>", "at most so many; 50 unless told"] as const;

export const by = ["--by <name>", "who asks; your user name unless told"] as const;
