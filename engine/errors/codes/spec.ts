import type { CodeEntry } from "./entry.ts";

/** What a YAML document may do wrong before anyone asks what it means. */
export const specCodes = {
  "spec/yaml-syntax": {
    severity: "error",
    meaning: "The file is not YAML.",
    remedy: "Mend the syntax at the place shown; the rest of the workspace is checked meanwhile.",
    example: { wrong: "teams: [finance", right: "teams: [finance]" },
  },
  "spec/misread-expression": {
    severity: "error",
    meaning: "YAML reads an unquoted expression as something else.",
    remedy: "Quote the expression; `sluice fmt` does it.",
    example: { wrong: "with: { id: ${ $message.id } }", right: 'with: { id: "${ $message.id }" }' },
  },
  "spec/bare-expression": {
    severity: "error",
    meaning: "A path stands in a text where only ${…} is evaluated.",
    remedy: "Put it in ${…}.",
    example: {
      wrong: 'with: { orderId: "$message.data.orderId" }',
      right: 'with: { orderId: "${ $message.data.orderId }" }',
    },
  },
  "spec/file-name": {
    severity: "error",
    meaning:
      "A file is not read, for its name or folder is that of another kind of file, or of none.",
    remedy:
      "Let it end in .yaml, .yml, .jsonata or, for a schema, .json, in small letters; mappings stand under mappings/.",
    example: { wrong: "flows/process/order.YAML", right: "flows/process/order.yaml" },
  },
  "spec/encoding": {
    severity: "error",
    meaning: "A file is not UTF-8 text.",
    remedy: "Save it as UTF-8, with line ends that are LF or CRLF.",
    example: { wrong: "description: M�nchen", right: "description: München" },
  },
  "spec/duplicate-key": {
    severity: "error",
    meaning: "A key stands twice in one map, so one value would be lost.",
    remedy: "Keep one of the two.",
    example: { wrong: "owner: finance\nowner: sales", right: "owner: finance" },
  },
  "spec/leading-zero": {
    severity: "error",
    meaning: "An unquoted code with leading zeros is read as a number and loses them.",
    remedy: "Quote it.",
    example: { wrong: "code: 0123", right: 'code: "0123"' },
  },
  "spec/unsafe-integer": {
    severity: "error",
    meaning: "A whole number beyond 2^53 loses its last digits.",
    remedy: "Quote it, so that it stays the text it is.",
    example: { wrong: "id: 9007199254740993", right: 'id: "9007199254740993"' },
  },
  "spec/tab": {
    severity: "error",
    meaning: "A tab is used as indentation, which YAML does not allow.",
    remedy: "Indent with blanks.",
    example: {
      wrong: "steps:\n\t- stop: { code: done }",
      right: "steps:\n  - stop: { code: done }",
    },
  },
  "spec/alias": {
    severity: "error",
    meaning: "An alias (`*name`) names no anchor, or aliases multiply beyond any honest use.",
    remedy: "Write the value out, or name an anchor (`&name`) that stands before it.",
    example: { wrong: "key: *customer", right: 'key: "$message.data.customer"' },
  },
  "spec/reserved-key": {
    severity: "error",
    meaning: "A key has a name that JavaScript gives a meaning of its own.",
    remedy: "Choose another name.",
    example: { wrong: "__proto__: { id: 1 }", right: "prototype-of: { id: 1 }" },
  },
  "spec/unknown-document": {
    severity: "error",
    meaning: "The first key of a file does not say what the file is.",
    remedy:
      "Begin with `flow:`, `system:` or `adapter:` under flows/; `mapping:` or `codes:` under mappings/.",
    example: { wrong: "floww: customer-sync", right: "flow: customer-sync" },
  },
  "spec/missing-workspace": {
    severity: "error",
    meaning: "There is no sluice.yaml.",
    remedy: "Run `sluice` in the folder that has it, or make one with `sluice new`.",
  },
  "spec/unknown-key": {
    severity: "error",
    meaning: "A key that nothing reads.",
    remedy: "Use one of the keys named, or remove it.",
    example: { wrong: "ownr: finance", right: "owner: finance" },
  },
  "spec/missing-key": {
    severity: "error",
    meaning: "A required key is not there.",
    remedy: "Add it.",
    example: { wrong: "wait: {}", right: "wait: { for: 2m }" },
  },
  "spec/wrong-type": {
    severity: "error",
    meaning: "A value of another kind was expected.",
    remedy: "Give what the message says.",
    example: {
      wrong: "steps: { stop: { code: done } }",
      right: "steps: [ { stop: { code: done } } ]",
    },
  },
  "spec/wrong-value": {
    severity: "error",
    meaning: "A value of the right kind, but not one that is allowed here.",
    remedy: "Choose one that the message names.",
    example: { wrong: "pattern: synchron", right: "pattern: sync" },
  },
  "spec/kind-missing": {
    severity: "error",
    meaning: "None of the keys stands here that say which kind of thing this is.",
    remedy: "Add exactly one of the keys named.",
    example: {
      wrong: 'trigger: { where: "true" }',
      right: "trigger: { event: crm.opportunity.won }",
    },
  },
  "spec/kinds-mixed": {
    severity: "error",
    meaning: "Two keys stand here that each say which kind of thing this is.",
    remedy: "Keep one, or make two of them.",
    example: { wrong: 'wait: { for: 2m, until: "$state.at" }', right: "wait: { for: 2m }" },
  },
  "spec/one-of": {
    severity: "error",
    meaning: "Of several keys exactly one is needed, and there is none or more than one.",
    remedy: "Keep exactly one of the keys named.",
  },
  "spec/unknown-step": {
    severity: "error",
    meaning: "A step of a kind that does not exist.",
    remedy: "Use one of the step kinds named.",
    example: { wrong: "- rout: []", right: "- route: []" },
  },
  "spec/duplicate-step": {
    severity: "error",
    meaning: "Two steps of one flow have the same id.",
    remedy: "Give each its own: ids are unique in a flow, blocks included.",
    example: {
      wrong: "- call: erp.getOrder\n  id: a\n- call: erp.getTax\n  id: a",
      right: "- call: erp.getOrder\n  id: order\n- call: erp.getTax\n  id: tax",
    },
  },
  "spec/duplicate-name": {
    severity: "error",
    meaning: "Two documents of one kind have the same name.",
    remedy: "Rename one of them.",
    example: { wrong: "flow: customer-sync  # in two files", right: "flow: customer-sync-eu" },
  },
  "spec/name-mismatch": {
    severity: "error",
    meaning: "A mapping's contract names another mapping than the one it stands beside.",
    remedy: "Name the path under mappings/, without extension.",
    example: { wrong: "mapping: order-out", right: "mapping: tryton/order-out" },
  },
} as const satisfies Record<string, CodeEntry>;
