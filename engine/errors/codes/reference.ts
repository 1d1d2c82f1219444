import type { CodeEntry } from "./entry.ts";

const unknown = (what: string, remedy: string, wrong: string, right: string) =>
  ({
    severity: "error",
    meaning: `${what} that does not exist.`,
    remedy,
    example: { wrong, right },
  }) as const satisfies CodeEntry;

/** Names that must lead somewhere. */
export const referenceCodes = {
  "reference/unknown-team": unknown(
    "A team",
    "Declare it under `teams` in sluice.yaml, or name one that is there.",
    "owner: finanse",
    "owner: finance",
  ),
  "reference/unknown-role": unknown(
    "A role of callers",
    "Declare it under `roles` in sluice.yaml, with the rights it has on the admin API, or none.",
    "roles: [finanse]  # of an api trigger",
    "roles: [finance]",
  ),
  "reference/unknown-flow": unknown(
    "A flow",
    "Name a flow of the workspace.",
    "- run: customer-sinc",
    "- run: customer-sync",
  ),
  "reference/unknown-system": unknown(
    "A system",
    "Name a system that has a contract under flows/system.",
    "plays: epr",
    "plays: erp",
  ),
  "reference/wrong-role": {
    severity: "error",
    meaning: "An adapter is named for a role that it does not play.",
    remedy: "Name an adapter that has `plays` with this role.",
  },
  "reference/unknown-adapter": unknown(
    "An adapter",
    "Name an adapter that has a document under flows/system.",
    "systems: { erp: trytn }",
    "systems: { erp: tryton }",
  ),
  "reference/unknown-operation": unknown(
    "An operation",
    "Name an operation of the system's contract, or add it there.",
    "- call: erp.createOrdr",
    "- call: erp.createOrder",
  ),
  "reference/not-played": {
    severity: "error",
    meaning: "A system's operation that the adapter playing the system does not have.",
    remedy: "Add the operation to the adapter, or stop calling it.",
    example: {
      wrong: "adapter: tryton\nplays: erp\noperations: {}  # erp.createOrder is called",
      right:
        "adapter: tryton\nplays: erp\noperations: { createOrder: { request: { post: /orders } } }",
    },
  },
  "reference/unknown-mapping": unknown(
    "A mapping",
    "Name a .jsonata file by its path under mappings/, without extension.",
    "map: tryton/order-otu",
    "map: tryton/order-out",
  ),
  "reference/unknown-schema": unknown(
    "A schema",
    "Name a schema by its path under schemas/, without extension.",
    "input: canonical/ordr@1",
    "input: canonical/order@1",
  ),
  "reference/unknown-codes": unknown(
    "A code list",
    "Name a list that has a document with `codes:` under mappings/.",
    "\"${ $code('payment-term', 'net30') }\"",
    "\"${ $code('payment-terms', 'net30') }\"",
  ),
  "reference/silent-event": {
    severity: "warning",
    meaning: "A flow waits for an event that nothing brings.",
    remedy: "Emit it in a flow, or name it under `events` of an adapter's webhook or poll.",
  },
  "reference/unknown-event": unknown(
    "An event",
    "Declare it under `events` of a system, or under `emits` of a flow.",
    "trigger: { event: crm.oportunity.won }",
    "trigger: { event: crm.opportunity.won }",
  ),
  "reference/unknown-webhook": unknown(
    "A webhook",
    "Name it `<adapter>.<webhook>`.",
    "trigger: { webhook: salesforce.opportunityChange }",
    "trigger: { webhook: salesforce.opportunityChanged }",
  ),
  "reference/unknown-poll": unknown(
    "A poll",
    "Name it `<adapter>.<poll>`.",
    "trigger: { poll: tryton.changedPartys }",
    "trigger: { poll: tryton.changedParties }",
  ),
  "reference/unknown-policy": unknown(
    "A retry policy",
    "Declare it under `policies.retry` in sluice.yaml.",
    "retry: { policy: patiant }",
    "retry: { policy: patient }",
  ),
  "reference/unknown-step": unknown(
    "A step",
    "Give the step that is meant this `id`.",
    '"$steps.custmer.id"',
    '"$steps.customer.id"',
  ),
  "reference/unknown-lookup": unknown(
    "A look-up",
    "Declare it under `lookups` of the adapter.",
    "in-doubt: { lookup: findOrdr }",
    "in-doubt: { lookup: findOrder }",
  ),
  "reference/unknown-template": unknown(
    "A request template",
    "Declare it under `templates` of the adapter.",
    "use: wizrd",
    "use: wizard",
  ),
  "reference/unknown-secret": unknown(
    "A secret",
    "Declare it under `secrets` in sluice.yaml.",
    "auth: { bearer: TRYTON_TOKN }",
    "auth: { bearer: TRYTON_TOKEN }",
  ),
  "reference/unknown-env": unknown(
    "An environment value",
    "Declare it under `env` in sluice.yaml.",
    'base-url: "${ $env.TRYTON_ULR }"',
    'base-url: "${ $env.TRYTON_URL }"',
  ),
  "reference/unknown-table": unknown(
    "A reference table",
    "Declare it under `reference` of the adapter.",
    "\"${ $reference('curency', 'EUR') }\"",
    "\"${ $reference('currency', 'EUR') }\"",
  ),
  "reference/unknown-call-value": unknown(
    "A value of the request's `call`",
    "Name one that stands under `call`, or under `with` beside `use`.",
    '"${ $call.metod }"',
    '"${ $call.method }"',
  ),
  "reference/unknown-var": unknown(
    "A constant of the adapter",
    "Declare it under `vars` of the adapter.",
    '"${ $vars.compny }"',
    '"${ $vars.company }"',
  ),
  "reference/unknown-request": unknown(
    "A request of the operation",
    "Name the `id` of an earlier request of the same operation.",
    '"${ $requests.fnd.id }"',
    '"${ $requests.find.id }"',
  ),
  "reference/unknown-milestone": unknown(
    "A milestone",
    "Name a milestone that a step of the flow reaches.",
    "sla: { milestones: { order.creatd: 10s } }",
    "sla: { milestones: { order.created: 10s } }",
  ),
  "reference/step-not-run": {
    severity: "error",
    meaning: "A step reads the result of one that has not run when it runs.",
    remedy: "Read it in a later step, or move the step that is read before it.",
    example: {
      wrong:
        '- emit: order.confirmed\n  with: "${ $steps.order }"\n- call: erp.createOrder\n  id: order',
      right:
        '- call: erp.createOrder\n  id: order\n- emit: order.confirmed\n  with: "${ $steps.order }"',
    },
  },
  "reference/sibling-branch": {
    severity: "error",
    meaning: "A branch of a parallel or a route reads a step of a branch beside it.",
    remedy: "Read it after the `parallel` or `route`, or put both steps into one branch.",
    example: {
      wrong:
        '- parallel:\n    - [ { call: erp.getTax, id: tax } ]\n    - [ { set: { t: "${ $steps.tax }" } } ]',
      right: '- parallel: [ [ … ], [ … ] ]\n- set: { t: "${ $steps.tax }" }',
    },
  },
  "reference/inside-split": {
    severity: "error",
    meaning: "A step outside a `split` reads a step inside it, which has one result per item.",
    remedy: "Read `$steps.<split>`, and name under `collect` what is kept per item.",
    example: { wrong: '"$steps.reserve.id"', right: '"$steps.reserved.results"' },
  },
} as const satisfies Record<string, CodeEntry>;
