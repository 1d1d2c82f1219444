import type { CodeEntry } from "./entry.ts";

/** What an expression or a mapping may do wrong before it meets any data. */
export const mappingCodes = {
  "mapping/syntax": {
    severity: "error",
    meaning: "The text is not JSONata.",
    remedy: "Mend it at the place shown.",
    example: { wrong: 'if: "$message.data.total >"', right: 'if: "$exists($message.data.total)"' },
  },
  "mapping/too-deep": {
    severity: "error",
    meaning: "An expression is nested beyond what anyone could read.",
    remedy: "Split it into several steps, or move it into a mapping.",
  },
  "mapping/unrooted-name": {
    severity: "error",
    meaning: "A path in YAML does not say where it begins.",
    remedy: "Begin it with a root such as $message, or quote it when it is a text.",
    example: { wrong: 'key: "orderId"', right: 'key: "$message.data.orderId"' },
  },
  "mapping/unknown-root": {
    severity: "error",
    meaning: "A root or variable that does not exist here.",
    remedy: "Use one of the roots named, or bind the variable before.",
    example: { wrong: 'key: "$mesage.id"', right: 'key: "$message.id"' },
  },
  "mapping/unknown-function": {
    severity: "error",
    meaning: "A function that does not exist.",
    remedy: "Use a function of JSONata 2.2 or of the reference page, with its $.",
    example: { wrong: 'key: "$uppercas($message.id)"', right: 'key: "$uppercase($message.id)"' },
  },
  "mapping/argument-count": {
    severity: "error",
    meaning: "A function is given more or fewer arguments than it takes.",
    remedy: "Give it what its signature on the reference page says.",
    example: {
      wrong: 'if: "$gte($message.data.total)"',
      right: "if: \"$gte($message.data.total, '50000')\"",
    },
  },
  "mapping/open-template": {
    severity: "error",
    meaning: "An expression within a text has no end.",
    remedy: "Close it by }, or write \\${ for the characters themselves.",
    example: { wrong: 'with: "${ $message.data"', right: 'with: "${ $message.data }"' },
  },
  "mapping/expression-in-key": {
    severity: "error",
    meaning: "A key holds an expression, and keys are taken as they are.",
    remedy: "Make the whole object by one expression.",
    example: {
      wrong: 'with: { "${ $message.id }": 1 }',
      right: 'with: "${ { $message.id: 1 } }"',
    },
  },
  "mapping/template-in-text": {
    severity: "error",
    meaning:
      "A text of an expression holds ${…} or a path in {{…}}, which nothing evaluates there.",
    remedy: "Join texts and paths by &.",
    example: { wrong: '"S-${data.number}"', right: '"S-" & data.number' },
  },
  "mapping/text-in-brackets": {
    severity: "error",
    meaning: "A text in [ ] behind a path selects nothing: it is a condition, and always true.",
    remedy: "Write a name behind a dot; in backticks if it has signs of its own.",
    example: { wrong: "data['order-number']", right: "data.`order-number`" },
  },
  "mapping/eval-refused": {
    severity: "error",
    meaning: "The function $eval would run text as an expression, and is not available.",
    remedy: "Write the expression itself.",
    example: { wrong: "$eval('a.b')", right: "a.b" },
  },
  "mapping/duplicate-member": {
    severity: "error",
    meaning: "An object is made with the same member twice, which JSONata refuses.",
    remedy: "Keep one of the two.",
    example: { wrong: '{ "a": sku, "a": name }', right: '{ "a": sku, "b": name }' },
  },
  "mapping/bind-in-constructor": {
    severity: "error",
    meaning: "A variable is bound within a list or an object, whose entries have no order.",
    remedy: "Bind it before, in a block.",
    example: { wrong: '{ "a": $x := 1, "b": $x }', right: '( $x := 1; { "a": $x, "b": $x } )' },
  },
  "mapping/no-contract": {
    severity: "warning",
    meaning: "A mapping that is used has no contract.",
    remedy: "Write its contract beside it, with `from` and `to`.",
  },
  "mapping/bad-pattern": {
    severity: "error",
    meaning: "A regular expression that cannot be run in linear time.",
    remedy: "Do without look-around and back-references.",
    example: { wrong: "$match(id, /(?=a)b/)", right: "$match(id, /b/)" },
  },
} as const satisfies Record<string, CodeEntry>;
