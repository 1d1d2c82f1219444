import {
  boolean,
  choice,
  type CompiledFields,
  duration,
  either,
  expression,
  integer,
  json,
  kind,
  list,
  object,
  oneOrMany,
  optional,
  record,
  reference,
  span,
  template,
  text,
  variant,
} from "../field.ts";
import { endpointPath, name, rate } from "./common.ts";
import { impactClasses } from "./impact.ts";
import { type StepPlan, steps } from "./step.ts";

/** What starts a flow. */
const trigger = variant(
  {
    event: kind(
      "A canonical event, from an adapter's webhook or poll or emitted by a flow.",
      reference("event", "Event name, such as `crm.opportunity.won`."),
    ),
    webhook: kind(
      "A webhook of an adapter, as it came (system flows only).",
      reference("webhook", "`<adapter>.<webhook>`."),
    ),
    poll: kind(
      "A poll of an adapter, a row a message (system flows only).",
      reference("poll", "`<adapter>.<poll>`."),
    ),
    api: kind(
      "An HTTP endpoint under `/api`: parameters of path and query and members of the body become `$message.data`.",
      variant(
        {
          get: kind("A read.", endpointPath("Path with `{name}` parameters.")),
          post: kind("A request with a body.", endpointPath("Path with `{name}` parameters.")),
          put: kind("A replacement.", endpointPath("Path with `{name}` parameters.")),
          delete: kind("A removal.", endpointPath("Path with `{name}` parameters.")),
        },
        "Method and path.",
        {
          version: optional(integer("Version of the API: `/api/v<version>/…`; 1 unless told.", 1)),
          query: optional(
            record(json("JSON Schema of the parameter."), "Query parameters it takes."),
          ),
          roles: optional(
            list(
              reference("role", "Role."),
              "Roles that may call it; anyone with a token unless told.",
            ),
          ),
          rate: optional(rate("Calls it takes of each caller; beyond, 429 with Retry-After.")),
        },
      ),
    ),
    schedule: kind(
      "A time of day, in a zone: `$message.data.scheduledAt` says which, as an ISO date-time.",
      object(
        {
          cron: optional(text("Cron expression of five fields, quoted.")),
          every: optional(span("Fixed interval, instead of `cron`.")),
          zone: optional(text("IANA time zone; UTC unless told.")),
          missed: optional(
            choice(
              ["run-once", "run-all", "skip"],
              "What to do about times missed while down; run-once unless told.",
            ),
          ),
        },
        "When.",
      ),
    ),
  },
  "What starts the flow.",
  { where: optional(expression("Takes only messages for which this is true.")) },
);

export const layers = ["system", "process", "experience"] as const;
const patterns = ["sync", "event", "callback", "lookup", "batch"] as const;

/** Keys of a flow document, after `flow: <name>`. */
export const flowFields = {
  flow: name("Name of the flow, unique in the workspace."),
  layer: optional(choice(layers, "API-led layer; the folder under `flows/` unless told.")),
  owner: optional(reference("team", "Team that answers for it.")),
  description: optional(text("What it does for the business.")),
  pattern: optional(
    choice(patterns, "Declared synchronisation pattern; its steps are checked against it."),
  ),
  impact: optional(
    object(
      {
        class: choice(impactClasses, "What is at stake."),
        amount: optional(expression("Money at stake, a decimal string.")),
        currency: optional(expression("ISO 4217 code.")),
      },
      "What a failure costs: orders dead letters and notices.",
    ),
  ),
  sla: optional(
    object(
      {
        complete: optional(span("The run ends within this time.")),
        milestones: optional(
          record(span("From acceptance to the milestone."), "Promises by milestone."),
        ),
      },
      "Promises about time.",
    ),
  ),
  trigger: optional(
    oneOrMany(trigger, "What starts the flow; none for a flow that is only `run`."),
  ),
  input: optional(
    reference("schema", "Schema of `$message.data`; a breach parks the run as invalid."),
  ),
  output: optional(template("Result for a caller (`run:`) or for `$steps.<id>` of the parent.")),
  returns: optional(
    reference(
      "schema",
      "Schema of the output, which the run meets before it ends; a breach parks it as invalid. A flow with `input` and `returns` is a service: `sluice services` lists them.",
    ),
  ),
  emits: optional(
    record(
      either(
        [
          object(
            {
              data: reference("schema", "Schema of the event's data."),
              correlate: optional(
                list(text("Field."), "Fields by which a `listen` may find the event."),
              ),
            },
            "The event's contract.",
          ),
          reference("schema", "Schema of the event's data."),
        ],
        "The event's schema, or its contract where flows listen for it.",
      ),
      "Events this flow emits, by name.",
    ),
  ),
  key: optional(
    either(
      [
        choice(["none"], "No lane."),
        expression("Business key: messages of one key are processed strictly in order."),
      ],
      "The lane; `none` for flows without order (reads).",
    ),
  ),
  region: optional(
    expression(
      "Region the run belongs to, such as eu, or null: its calls go to the adapter that plays the system there (`regions` in sluice.yaml), and a region can be paused and drained. Child runs without one have their parent's.",
    ),
  ),
  lane: optional(name("Name of a lane shared by several flows; it shares `$state` too.")),
  order: optional(
    choice(
      ["every", "latest", "gapless"],
      "`every` message (facts, default), the `latest` per key (states), or `gapless`: one after the other by `sequence`, whole numbers from 1.",
    ),
  ),
  gap: optional(
    duration(
      "For `order: gapless`: a later message waits at most so long for the one before it; 1m unless told. What is still missing then is passed over: it ends superseded if it comes after all.",
    ),
  ),
  "hold-back": optional(
    object(
      {
        while: expression("Parks the message beside its lane as long as this is true."),
        within: span("At most this long."),
        otherwise: choice(["continue", "invalid"], "What happens after `within`."),
      },
      "For messages that may come early, such as a refund before its payment.",
    ),
  ),
  idempotency: optional(
    object(
      {
        key: expression(
          "Business identity of the event; all its effects derive their keys from it.",
        ),
        keep: optional(span("How long it is remembered; 400d unless told.")),
      },
      "A second message with this identity starts no second run.",
    ),
  ),
  context: optional(
    record(
      template("Value; null leaves it out."),
      "Business context that goes with every request of the flow, such as order, tier or region: W3C `baggage`, and kept with the request. The flow's name, its key and the correlation id go always.",
    ),
  ),
  state: optional(template("Defaults of `$state`: it is never absent.")),
  priority: optional(choice(["high", "normal", "low"], "Which runs go first when many are ready.")),
  deadline: optional(span("An API caller waits this long; later it gets 202 and a Location.")),
  steps: steps("What the flow does, in order."),
  "on-error": optional(
    steps("Run when a step failed for good, before undo; `$error` is the failure.", ["error"]),
  ),
  respond: optional(
    record(
      object(
        {
          when: optional(expression("First status whose condition holds is sent.", ["error"])),
          body: optional(template("Body of the answer.", ["error"])),
        },
        "One answer.",
      ),
      "Answers of an API flow by HTTP status, chosen when the run ends.",
      /^[1-5][0-9][0-9]$/,
      "an HTTP status such as 200",
    ),
  ),
  test: optional(boolean("Reserved: true for flows that only tests run.")),
};

/** A compiled flow. */
export type FlowPlan = Omit<CompiledFields<typeof flowFields>, "layer"> & {
  readonly name: string;
  readonly layer: (typeof layers)[number];
  /** Every step of the flow by its id, those in blocks, `on-error` and `undo` included. */
  readonly stepsById: ReadonlyMap<string, StepPlan>;
};

/** What starts a flow, compiled. */
export type TriggerPlan = NonNullable<FlowPlan["trigger"]>[number];
