import type { VerbDeclaration } from "../verb.ts";
import { by, json, limit, server, store, time } from "./options.ts";

const flow = ["--flow <name>", "only of this flow"] as const;
const status = ["--status <status>", "only in this status"] as const;
const list = [json, store, flow, status, ...time, limit] as const;

const reveal = [
  server,
  by,
  ["--reveal", "personal data as it is; asked of the running engine, audited with your name"],
] as const;

const answerOptions = [
  server,
  ["--by <name>", "who answers; your user name unless told"],
  ["--comment <text>", "why"],
  store,
  json,
] as const;

/** What is asked of what happened and of what stands, and answers to what it asks of people. */
export const recordVerbs: readonly VerbDeclaration[] = [
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
];
