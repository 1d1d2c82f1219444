import type { VerbDeclaration } from "./verb.ts";

const json = ["--json", "machine-readable output"] as const;
const server = [
  "--server <url>",
  "admin API of a running engine; its store file unless told",
] as const;
const store = ["--store <file>", "database file; the workspace's own unless told"] as const;
const systems = [
  "--system <role=adapter...>",
  "play a system by another adapter than sluice.yaml says",
] as const;
const flow = ["--flow <name>", "only of this flow"] as const;
const status = ["--status <status>", "only in this status"] as const;
const time = [
  ["--since <time>", "not older: a date-time, or a duration such as 2h"],
  ["--until <time>", "only older: a date-time, or a duration such as 30m"],
] as const;
const limit = ["--limit <n>", "at most so many; 50 unless told"] as const;
const list = [json, store, flow, status, ...time, limit] as const;
const by = ["--by <name>", "who asks; your user name unless told"] as const;

const reveal = [
  server,
  by,
  ["--reveal", "personal data as it is; asked of the running engine, audited with your name"],
] as const;

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

const answerOptions = [
  server,
  ["--by <name>", "who answers; your user name unless told"],
  ["--comment <text>", "why"],
  store,
  json,
] as const;

/** Every verb of the command line, in the order of the help page. */
export const verbs: readonly VerbDeclaration[] = [
  {
    usage: "run",
    summary: "Serve the workspace: take messages, run flows, deliver effects.",
    effect: "the store, and the systems that flows call",
    options: [
      ["--watch", "reload when files change; a broken change never replaces what runs"],
      ["--port <n>", "HTTP port; 0 for any free one"],
      [
        "--backlog <n>",
        "refuse messages once so many runs are under way, low priority first; 1000000 unless told",
      ],
      store,
      systems,
      ["--json", "log JSON lines"],
    ],
    examples: ["sluice run --watch", "sluice run --port 8080 --system erp=tryton"],
  },
  {
    usage: "validate",
    summary: "Find every mistake before it runs: file, line, column, what would be right.",
    effect: "nothing",
    options: [
      ["--format <format>", "human, json, sarif or github"],
      ["--json", "as --format json"],
      [
        "--against <ref|folder>",
        "also class every schema change since a git ref, or from another workspace",
      ],
      ["--environment", "also ask that every secret and environment value is set"],
      ["--verbose", "also notes, and which expressions the jsonata library evaluates, and why"],
      systems,
    ],
    examples: [
      "sluice validate",
      "sluice validate --against main",
      "sluice validate --format sarif > findings.sarif",
    ],
  },
  {
    usage: "preview <mapping> [input]",
    summary: "Run a mapping on a file or a recorded message: output, schema verdict, lineage.",
    effect: "nothing",
    options: [
      json,
      store,
      systems,
      ["--message <id>", "take the input from a recorded message"],
      ["--watch", "again whenever the mapping or the input changes"],
    ],
    examples: [
      "sluice preview acme-erp/order-out order.json",
      "sluice preview salesforce/opportunity-in --message 019a…",
    ],
  },
  {
    usage: "plan <flow> [event]",
    summary: "Show what a flow would do with an event: branches, and requests with secrets masked.",
    effect: "nothing; sends only reads, and only with --reads",
    options: [
      json,
      store,
      systems,
      ["--message <id>", "take the event from a recorded message"],
      ["--reads", "really send reads"],
      [
        "--answers <file>",
        "JSON with answers by `<system>.<operation>`, `run <flow>`, `task <step>` (the choice, or `{ choice, pick }` of one among several) or `event <name>`",
      ],
    ],
    examples: [
      "sluice plan opportunity-to-order",
      "sluice plan opportunity-to-order event.json --answers answers.json",
    ],
  },
  {
    usage: "where-used <name>",
    summary:
      "Who uses a flow, schema, mapping, operation, event, code list, adapter or system: file and line.",
    effect: "nothing",
    options: [json],
    examples: [
      "sluice where-used customer-sync",
      "sluice where-used canonical/invoice@1",
      "sluice where-used erp.createOrder",
    ],
  },
  {
    usage: "services",
    summary:
      "Flows that others may run: what each takes and returns, who runs it, how many tests it has.",
    effect: "nothing",
    options: [json],
  },
  {
    usage: "graph [flow]",
    summary:
      "What starts each flow, what it runs, calls and emits; with a flow, all it is tied to.",
    effect: "nothing",
    options: [
      ["--format <format>", "text, mermaid or json; text unless told"],
      ["--json", "as --format json"],
    ],
    examples: ["sluice graph", "sluice graph opportunity-to-order --format mermaid"],
  },
  {
    usage: "test [pattern]",
    summary: "Run the flow tests and the mappings' examples.",
    effect: "nothing",
    options: [json, systems],
    examples: [
      "sluice test",
      "sluice test opportunity-to-order",
      "sluice test --system crm=hubspot --system erp=business-central",
    ],
  },
  {
    usage: "messages [id]",
    summary: "List accepted messages, or show one.",
    effect: "nothing",
    options: [json, store, flow, ...time, limit, ...reveal],
  },
  {
    usage: "runs [id]",
    summary: "List runs, or show one with its steps, requests and journal.",
    effect: "nothing",
    options: [
      ...list,
      ...reveal,
      ["--source <path>", "show this file of the workspace as it was when the run began"],
    ],
  },
  {
    usage: "dead-letters [id]",
    summary: "List what waits for a person, worst first, or show one with its cause and remedy.",
    effect: "nothing",
    options: list,
  },
  {
    usage: "issues [what] [number]",
    summary:
      "List failures by cause, the worst first; `show`, `ack`, `resolve`, `ignore` or `reopen` one.",
    effect:
      "nothing; `ack`, `resolve`, `ignore` and `reopen` change the issue, audited with your name",
    options: [
      json,
      store,
      server,
      flow,
      ["--status <status>", "open, acknowledged, resolved, ignored or any; unresolved unless told"],
      ["--category <category>", "critical, high, normal or low"],
      time[0],
      limit,
      ["--comment <text>", "why, or what was done"],
      by,
    ],
    examples: [
      "sluice issues",
      "sluice issues show 12",
      "sluice issues ack 12 --comment 'ERP support called, back at 04:00'",
    ],
  },
  {
    usage: "tasks [id]",
    summary: "List questions to people, or show one with what there is to see and how to answer.",
    effect: "nothing",
    options: [...list, ...reveal],
  },
  {
    usage: "approve <task>",
    summary: "Answer a task with `approve`.",
    effect: "the task and its run; audited with your name",
    options: answerOptions,
    examples: ["sluice approve 019a… --comment 'checked with the customer'"],
  },
  {
    usage: "reject <task>",
    summary: "Answer a task with `reject`.",
    effect: "the task and its run; audited with your name",
    options: answerOptions,
  },
  {
    usage: "choose <task> <choice>",
    summary: "Answer a task with one of its choices.",
    effect: "the task and its run; audited with your name",
    options: [["--pick <value>", "of a choice among several: which"], ...answerOptions],
    examples: ["sluice choose 019a… link --pick C-1001 --comment 'same address'"],
  },
  {
    usage: "crosswalk <entity> <id>",
    summary: "The ids that each system gave one customer, order or invoice, by any of them.",
    effect: "nothing; 1 when nobody knows it",
    options: [json, store],
    examples: ["sluice crosswalk customer C-1001"],
  },
  {
    usage: "conflicts [id]",
    summary:
      "List values that did not stand against their system of record: who gave them, when, why; of one record by any of its ids.",
    effect: "nothing",
    options: [
      json,
      store,
      ["--entity <name>", "only of this entity, such as customer"],
      ...time,
      limit,
      ...reveal,
    ],
    examples: ["sluice conflicts", "sluice conflicts C-1001 --reveal"],
  },
  {
    usage: "trace <id>",
    summary: "The whole story of any order, customer, message or run id, in one timeline.",
    effect: "nothing",
    options: [json, store, ["--verbose", "every step, and every line of an id of much"], ...reveal],
  },
  {
    usage: "status",
    summary: "Where the running engine stands: queues, budgets, circuits, pauses, last reload.",
    effect: "nothing",
    options: [server, store, json],
  },
  {
    usage: "sla",
    summary:
      "How the promises of `sla` stand: shares kept, what is late or at risk, milestones by day.",
    effect: "nothing; 1 when one is broken now",
    options: [server, store, json, flow, ...time],
    examples: ["sluice sla", "sluice sla --flow opportunity-to-order --since 30d"],
  },
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
      ["--only <step>", "this one step of an ended run, and nothing else of its flow"],
      [
        "--again <key>",
        "with --only: also what is done already, under its `same-key`, or a `new-key` as another effect; with --reason",
      ],
      ["--canary <n>", "the first n, then wait for `sluice replay continue`"],
      ["--at-once <n>", "so many runs under way at a time; 20 unless told"],
      ["--with <file>", "with this JSON instead of the message's data; for one id, with --reason"],
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
        "all that came before: a date-time, or a duration such as 90d; payloads and history unless --class says",
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
  {
    usage: "schema [document]",
    summary: "Print the JSON Schema of a document kind for editors, or write them all.",
    effect: "nothing; schemas/spec/ with --write",
    options: [["--write", "write every schema under schemas/spec/"]],
  },
  {
    usage: "docs [topic]",
    summary: "Explain a step kind, a function or a finding's code.",
    effect: "nothing; docs/ with --write",
    options: [["--write", "write the reference pages under docs/"]],
    examples: ["sluice docs listen", "sluice docs spec/unknown-key"],
  },
  {
    usage: "new <folder> [name]",
    summary:
      "Make a small workspace that validates and runs; `new adapter <name>` makes the first texts of an adapter in this one.",
    effect: "the folder, which must be empty or absent; for an adapter, new files and sluice.yaml",
    options: [
      [
        "--business",
        "the whole reference business instead: CRM, support, billing and ERP, with its services",
      ],
      ["--plays <role>", "for an adapter: the system it plays"],
      ["--openapi <file>", "for an adapter: the vendor's OpenAPI 3 document, JSON or YAML"],
      ["--recorded <file>", "for an adapter: recorded traffic, a HAR or a list of exchanges"],
    ],
    examples: [
      "sluice new my-integration",
      "sluice new my-business --business",
      "sluice new adapter acme-crm --plays crm --openapi acme.yaml",
    ],
  },
  {
    usage: "demo",
    summary: "Show the main job on simulated systems: no account anywhere needed.",
    effect: "a temporary folder, removed at the end",
    options: [
      ["--keep", "keep the folder and print its path"],
      ["--seed <n>", "seed of the simulated systems"],
      json,
    ],
  },
];
