import type { CodeEntry } from "./entry.ts";

/** What the rules of `spec/rules` find; each rule's own file has its reasons and its example. */
export const ruleCodes = {
  "flow/missing-owner": {
    severity: "error",
    meaning: "Nobody answers for a flow.",
    remedy: "Add `owner:` with a team of sluice.yaml.",
  },
  "adapter/budget": {
    severity: "error",
    meaning: "A budget that reserves all it has.",
    remedy: "Reserve less than `limit`.",
  },
  "flow/gap": {
    severity: "error",
    meaning: "A wait for missing messages in a flow that does not wait for them.",
    remedy: "Add `order: gapless`, or leave `gap` out.",
  },
  "flow/no-sequence": {
    severity: "error",
    meaning: "A flow goes by a sequence that no message of it has.",
    remedy: "Say `sequence` of the webhook or poll that brings the messages, or leave `order` out.",
  },
  "adapter/cursor": {
    severity: "error",
    meaning: "A poll that would pass over what does not come again.",
    remedy: "Say a cursor of rows (`value`), or leave out what asks to go back.",
  },
  "adapter/gap-check": {
    severity: "error",
    meaning: "A gap check that cannot tell what its webhook brought.",
    remedy: "Name a webhook of this adapter, give both the same `feed`, and say each row's `time`.",
  },
  "adapter/ignored-with-use": {
    severity: "error",
    meaning: "Beside `use`, a key that only the template's own requests may have.",
    remedy: "Move it to the template's request that it is about.",
  },
  "adapter/lacks-operation": {
    severity: "information",
    meaning: "An adapter that plays nothing lacks operations of the role it is for.",
    remedy: "Add them before `sluice.yaml` names it; until then nothing needs them.",
  },
  "adapter/half-written": {
    severity: "warning",
    meaning: "An adapter that --system lets play a role lacks operations that flows call.",
    remedy: "Add them under `operations`.",
  },
  "adapter/bad-part": {
    severity: "error",
    meaning: "A part of a multipart body that no request can be made of.",
    remedy: "Give it `filename`, `type`, and one of `base64`, `text` and `json`.",
  },
  "adapter/tls": {
    severity: "error",
    meaning: "A client certificate that no partner would see.",
    remedy: "Give certificate and key together, and an address of https.",
  },
  "adapter/legacy": {
    severity: "warning",
    meaning: "A legacy source is still in use.",
    remedy: "Plan its replacement before the sunset; without `sunset:`, add it.",
  },
  "adapter/bad-address": {
    severity: "error",
    meaning: "Where an adapter's partner is said to be is no address of http or https.",
    remedy: "Write `base-url`, or the environment value that it reads, as a whole address.",
  },
  "adapter/sunset": {
    severity: "error",
    meaning: "A legacy source is in use after its sunset, or its sunset is no date.",
    remedy: "Remove the adapter, or decide on a later date.",
  },
  "api/removed-early": {
    severity: "error",
    meaning: "An endpoint that callers were promised is not there, and its sunset has not come.",
    remedy: "Keep the flow that answers it until the day after its sunset.",
  },
  "api/date": {
    severity: "error",
    meaning: "The dates of a published endpoint make no sense.",
    remedy: "Write them as 2027-06-30, the sunset after the deprecation.",
  },
  "auth/incomplete": {
    severity: "error",
    meaning: "An OAuth 2 grant lacks what proves it.",
    remedy: "Add the secret, the key (`jwt`) or the first refresh token that the grant needs.",
  },
  "flow/unreachable": {
    severity: "error",
    meaning: "A step that can never run.",
    remedy: "Remove it, or mend the condition before it.",
  },
  "flow/event-loop": {
    severity: "error",
    meaning: "Flows start one another by events without end.",
    remedy: "Guard one of them: `where` on the trigger or `if` on the emit.",
  },
  "flow/run-cycle": {
    severity: "error",
    meaning: "Flows run one another in a circle, so that a lane would wait for itself.",
    remedy:
      "Move what they share into a flow that both run, or declare how deep the recursion may go.",
  },
  "flow/pattern": {
    severity: "error",
    meaning: "Steps that contradict the declared pattern.",
    remedy: "Declare the pattern that the steps have, or change the steps.",
  },
  "flow/wait-without-lane": {
    severity: "error",
    meaning: "A wait that may exceed 5 minutes does not say what becomes of its lane.",
    remedy:
      "Add `lane: hold` (later messages of the key wait too) or `lane: release` (they go on).",
  },
  "flow/remember-race": {
    severity: "error",
    meaning: "Two parallel branches remember the same key, so the last one would win by luck.",
    remedy: "Remember after the `parallel`, or under two keys.",
  },
  "flow/correlate": {
    severity: "error",
    meaning: "A listen correlates by a field that the event's contract does not list.",
    remedy: "Use a field listed under `correlate` of the event, or list it there.",
  },
  "flow/respond-without-api": {
    severity: "error",
    meaning: "An answer, and nobody who asked: the flow has no `api` trigger.",
    remedy: "Remove it, or add an api trigger.",
  },
  "flow/schedule": {
    severity: "error",
    meaning: "A schedule in a zone that does not exist, or at a time that never comes.",
    remedy: "Give five cron fields within their ranges, and a zone of the IANA database.",
  },
  "flow/api-clash": {
    severity: "error",
    meaning: "Two flows answer the same method and path.",
    remedy: "Give one of them another path, method or version.",
  },
  "layer/no-vendor-in-process": {
    severity: "error",
    meaning: "A process or experience flow names a vendor.",
    remedy: "Call the system (erp, crm, …) and let its adapter speak to the vendor.",
  },
  "layer/direct-coupling": {
    severity: "error",
    meaning: "One vendor's data goes straight into another system.",
    remedy: "Emit a canonical event here, and call the other system from a process flow.",
  },
  "layer/vendor-to-vendor": {
    severity: "error",
    meaning: "A mapping goes from one vendor's model straight to another's.",
    remedy: "Map into the canonical model, and out of it: one mapping each way per vendor.",
  },
  "layer/mapping-twice": {
    severity: "error",
    meaning: "A second mapping between one vendor's schema and one canonical schema, the same way.",
    remedy: "Keep one mapping each way; two shapes of a vendor have two schemas.",
  },
  "role/whole-engine": {
    severity: "error",
    meaning: "A role that reaches some flows has a right over the whole engine.",
    remedy: "Give that right to a role without `domains` and `flows`.",
  },
  "owner/missing": {
    severity: "warning",
    meaning: "Nobody answers for a system, an adapter or a canonical schema.",
    remedy: "Add `owner:` with a team of sluice.yaml.",
  },
  "effect/no-recovery": {
    severity: "error",
    meaning: "A write of which nobody can tell whether it happened.",
    remedy: "Add `idempotent`, or `in-doubt` with resend, lookup or park.",
  },
  "effect/unknown": {
    severity: "error",
    meaning: "An operation outside the system's contract does not say what it does.",
    remedy:
      "Add `effect: read`, create, update, upsert or delete, or the operation to the contract.",
  },
  "config/secret-not-set": {
    severity: "error",
    meaning: "A secret has no value where this runs.",
    remedy: "Set it in the environment or as a file; never in YAML.",
  },
  "config/env-not-set": {
    severity: "error",
    meaning: "An environment value is not set where this runs, and has no default.",
    remedy: "Set it, or give it a default in sluice.yaml.",
  },
  "value/compared": {
    severity: "error",
    meaning:
      "A decimal or a date-time is compared or computed as if it were a number or a plain text.",
    remedy: "Use $gte, $lt, $eq, $add, $mul for decimals and $before, $after for times.",
  },
  "value/not-number": {
    severity: "error",
    meaning: "A text stands where + - * / want a number: no message gets past it.",
    remedy: "Join texts by &; make a number of a text by $number.",
  },
  "value/unknown-path": {
    severity: "error",
    meaning: "A path that the schema does not have.",
    remedy: "Correct the path, or describe the property in the schema.",
  },
  "value/unknown-target": {
    severity: "error",
    meaning: "A mapping makes a property that its target schema does not have.",
    remedy: "Correct the name, or describe the property in the schema.",
  },
  "value/wrong-target": {
    severity: "error",
    meaning: "A mapping makes what its target schema never takes.",
    remedy: "Make what the schema requires, as the type and among the values that it allows.",
  },
  "value/literal": {
    severity: "error",
    meaning: "A function is given a text that it cannot read.",
    remedy: "Write a decimal as '50000.00', a time as '2026-01-31T09:30:00Z' or '2026-01-31'.",
  },
  "value/example": {
    severity: "error",
    meaning: "A test or an example gives what its schema does not take.",
    remedy: "Give what the schema has; a test of what it refuses expects the outcome invalid.",
  },
  "api/parameter": {
    severity: "error",
    meaning: "The parameters of an endpoint are not those of the flow's input.",
    remedy: "Name them as the schema does; a read gives in path and query all that it requires.",
  },
  "flow/durations": {
    severity: "warning",
    meaning: "Two durations contradict one another.",
    remedy: "Change the one that is wrong.",
  },
  "reference/unknown-entity": {
    severity: "warning",
    meaning: "The crosswalk is asked for an entity that nothing links.",
    remedy: "Name an entity that an operation links, or link it.",
  },
  "config/name-twice": {
    severity: "error",
    meaning: "One name is declared as an environment value and as a secret.",
    remedy: "Keep the one that is meant.",
  },
  "value/may-be-absent": {
    severity: "warning",
    meaning: "A path that the schema allows to be absent is read as if it were always there.",
    remedy: "Say what to take instead: `?? …`, or require the property in the schema.",
  },
  "value/never-equal": {
    severity: "error",
    meaning: "A value is compared with one that it never has.",
    remedy: "Compare it with one of those that its schema allows, as the kind that it is.",
  },
  "value/input": {
    severity: "error",
    meaning: "What a step gives is not what the schema of its target takes.",
    remedy: "Give the properties that the schema has; all of those it requires.",
  },
  "value/list-wanted": {
    severity: "warning",
    meaning: "The target wants a list, and JSONata gives a single object for a single item.",
    remedy: "Put the path in brackets: `[lines.{ … }]`.",
  },
  "ownership/not-owner": {
    severity: "error",
    meaning: "A flow writes an attribute of which its source is not the system of record.",
    remedy: "Leave the attribute out, or take it from the system that owns it.",
  },
  "ownership/extension": {
    severity: "error",
    meaning: "A mapping reads what another system keeps for itself, and would find nothing.",
    remedy: "Give it a canonical attribute, and map it there on purpose.",
  },
  "ownership/golden": {
    severity: "error",
    meaning: "A golden record asks who is no system, or lacks the word of a system of record.",
    remedy: "Name the systems that keep the record, each attribute's owner among them.",
  },
  "task/among": {
    severity: "error",
    meaning: "A task says what is picked from for something that is none of its choices.",
    remedy: "Name one of its `choices`.",
  },
  "adapter/bad-path": {
    severity: "error",
    meaning:
      "A request's path holds what is no path, or a name that nothing puts a value in place of.",
    remedy: "Write the path after the host, with ${ … } where a value belongs.",
  },
  "auth/signature": {
    severity: "error",
    meaning: "A webhook's signature is looked for, or computed, by what is not there.",
    remedy: "Copy from the vendor's documentation how the header is written and what is signed.",
  },
  "config/secret-in-text": {
    severity: "error",
    meaning: "A credential stands in a text.",
    remedy: "Change it at the partner, declare its name under `secrets`, and name it under `auth`.",
  },
  "effect/cached-write": {
    severity: "error",
    meaning: "The answer of a write is cached, so that the write is left out.",
    remedy: "Remove `cache`.",
  },
  "reference/unknown-error-code": {
    severity: "error",
    meaning: "A failure is told by a code that nothing raises.",
    remedy: "Correct the code.",
  },
  "flow/unstable-key": {
    severity: "error",
    meaning: "An identity is made of the clock, of luck or of the run.",
    remedy: "Make it of what the message says.",
  },
  "flow/no-lane": {
    severity: "error",
    meaning: "A flow without a key remembers, orders or holds back, which only a lane can.",
    remedy: "Give the flow a key, or take out what needs one.",
  },
  "flow/lane-state": {
    severity: "error",
    meaning: "Flows of one lane give the same state different defaults.",
    remedy: "Give it the same default in all of them.",
  },
  "flow/split": {
    severity: "error",
    meaning: "A split of what is no list, or whose items have one key.",
    remedy: "Split a list, by a key that reads `$item`.",
  },
  "schema/annotation": {
    severity: "error",
    meaning: "An annotation that decides who may see or write an attribute says nothing.",
    remedy: "Write `x-pii: true`, and the name of a system after `x-system-of-record`.",
  },
  "unused/operation": {
    severity: "information",
    meaning: "An adapter's operation that nothing calls.",
    remedy: "Name it as the contract does, or remove it.",
  },
  "unused/state": {
    severity: "warning",
    meaning: "A value is remembered and never read.",
    remedy: "Correct one of the names, or remove it.",
  },
  "value/condition": {
    severity: "error",
    meaning: "A text or a number stands for a condition.",
    remedy: "Compare something.",
  },
  "unused/flow": {
    severity: "information",
    meaning: "A flow that nothing starts: it has no trigger, and no flow runs it.",
    remedy: "Give it a trigger, run it from another flow, or remove it.",
  },
  "unused/mapping": {
    severity: "information",
    meaning: "A mapping that nothing uses.",
    remedy: "Remove it, or name it where it is meant.",
  },
  "unused/schema": {
    severity: "information",
    meaning: "A schema that nothing refers to.",
    remedy: "Remove it, or name it where it is meant.",
  },
} as const satisfies Record<string, CodeEntry>;
