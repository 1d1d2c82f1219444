import type { VerbDeclaration } from "../verb.ts";
import { by, json, limit, server, store, time } from "./options.ts";

const pauseOptions = [
  server,
  store,
  ["--flow <name>", "this flow"],
  ["--key <key>", "with --flow: one key of it only"],
  ["--system <role>", "requests to this system; for drain, flows that call it"],
  ["--region <name>", "what belongs to this region"],
  by,
  json,
] as const;

/** What is done to an engine and its store. */
export const operatingVerbs: readonly VerbDeclaration[] = [
  {
    usage: "pause",
    summary: "Stop a flow, one key of it, requests to a system, or a region; intake goes on.",
    effect: "the engine, until `sluice resume`; audited with your name",
    options: pauseOptions,
    examples: ["sluice pause --system erp", "sluice pause --flow opportunity-to-order --key 006…"],
  },
  {
    usage: "drain",
    summary:
      "Begin nothing new of a flow, key, system or region, finish what has begun, and say when nothing is at work; intake goes on.",
    effect: "the engine, until `sluice resume`; audited with your name",
    options: [
      ...pauseOptions,
      ["--no-wait", "return at once"],
      ["--timeout <duration>", "wait at most so long, then exit with 1"],
    ],
    examples: ["sluice drain --system erp --timeout 10m"],
  },
  {
    usage: "resume",
    summary: "End a pause or a drain.",
    effect: "the engine; audited with your name",
    options: pauseOptions,
    examples: ["sluice resume --system erp"],
  },
  {
    usage: "replay [ids...]",
    summary:
      "Let runs go on from the step that failed, or process messages again; `list`, `show`, `stop` and `continue` replays of many.",
    effect: "the runs named, and the systems their flows call; nothing with --dry-run",
    options: [
      server,
      store,
      json,
      ["--issue <number>", "the records of an issue that have not succeeded since"],
      ["--flow <name>", "dead letters of this flow"],
      [
        "--status <status>",
        "dead letters in this status, those in doubt only when asked for; or ended runs in it",
      ],
      ["--code <code>", "those that failed with this code"],
      ...time,
      [
        "--from <begin>",
        "`step` that failed, `event` as stored, or `message`: the bytes as received, through today's mapping",
      ],
      ["--current", "on the current generation instead of the one they began with"],
      ["--pinned", "on the generation they began with, also where a message is processed again"],
      ["--only <step>", "this one step of runs that ended, and nothing else of their flow"],
      [
        "--again <key>",
        "with --only: also what is done already, under its `same-key`, or a `new-key` as another effect; with --reason",
      ],
      ["--canary <n>", "the first n, then wait for `sluice replay continue`"],
      ["--at-once <n>", "so many runs under way at a time; 20 unless told"],
      ["--with <file>", "with this JSON instead of the message's data; for one id, with --reason"],
      [
        "--done [file]",
        "of one run in doubt: its call was done, and this JSON is what the operation gave (no file: it gives nothing); goes on from there, with --reason",
      ],
      ["--step <step>", "with --done: of which call, where several of the run are in doubt"],
      ["--reason <text>", "why; kept with the replay and audited"],
      ["--discard <reason>", "end them instead"],
      ["--dry-run", "say what would be sent beside what was sent, in groups, and change nothing"],
      by,
    ],
    examples: [
      "sluice replay --issue 12 --dry-run",
      "sluice replay --flow opportunity-to-order --since 2h --canary 10",
      "sluice replay continue 3",
      "sluice replay 019a… --current",
      "sluice replay 019a… --with data.json --reason 'tax code was missing'",
      "sluice replay 019a… --only order --dry-run",
      "sluice replay 019a… --only order --again same-key --reason 'ERP lost a day'",
      "sluice replay 019a… --done answer.json --reason 'order SO-17 is in the ERP'",
      "sluice replay 019a… --discard 'entered by hand'",
    ],
  },
  {
    usage: "audit [what]",
    summary:
      "List who did what, newest first; `verify` tells whether a row was altered or removed.",
    effect: "nothing; `verify` exits with 1 when the chain is broken",
    options: [json, store, limit],
    examples: ["sluice audit", "sluice audit verify"],
  },
  {
    usage: "backup <file>",
    summary:
      "Copy the store to a new file, also while the engine works: all of one moment, checked.",
    effect: "the file, which must not be there yet",
    options: [store, json],
    examples: ["sluice backup /backups/sluice-monday.db"],
  },
  {
    usage: "restore <file>",
    summary: "Put a backup in the place of the store, while no engine works on it.",
    effect: "the store; what stood there is moved aside, and what was open comes back in doubt",
    options: [store, json],
    examples: ["sluice restore /backups/sluice-monday.db"],
  },
  {
    usage: "purge",
    summary:
      "Let go of what is over by `retention`, or of all before a time; never of what is still needed.",
    effect:
      "bodies, history or audit that are over, for good; nothing with --dry-run; audited with your name",
    options: [
      server,
      store,
      json,
      ["--class <class>", "payloads, history or audit; those that `retention` names unless told"],
      [
        "--before <time>",
        "all that came before: a date-time with its zone, or a duration such as 90d; payloads and history unless --class says",
      ],
      ["--dry-run", "say how much is over and how much of it something still needs"],
      ["--no-wait", "return at once; the engine goes on, and `sluice status` says how far it is"],
      by,
    ],
    examples: [
      "sluice purge --dry-run",
      "sluice purge",
      "sluice purge --class payloads --before 30d",
    ],
  },
];
