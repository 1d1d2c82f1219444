import type { VerbDeclaration } from "../verb.ts";
import { json } from "./options.ts";

/** What helps to write a workspace. */
export const authoringVerbs: readonly VerbDeclaration[] = [
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
