import type { VerbDeclaration } from "../verb.ts";
import { json, store } from "./options.ts";

const systems = [
  "--system <role=adapter...>",
  "play a system by another adapter than sluice.yaml says",
] as const;

/** What is done with a workspace: serve it, check it, try it, look things up in it. */
export const workspaceVerbs: readonly VerbDeclaration[] = [
  {
    usage: "run",
    summary: "Serve the workspace: take messages, run flows, deliver effects.",
    effect: "the store, and the systems that flows call",
    options: [
      ["--watch", "reload when files change; a broken change never replaces what runs"],
      [
        "--last-good",
        "when the files have errors, start on the texts that ran last, as the store has them, until the files are sound",
      ],
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
];
