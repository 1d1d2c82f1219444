import {
  boolean,
  choice,
  duration,
  expression,
  either,
  type Fields,
  integer,
  kind,
  list,
  object,
  optional,
  reference,
  span,
  template,
  text,
  variant,
} from "../field.ts";
import { name, rate } from "./common.ts";
import { proof, verify } from "./auth.ts";
import { furtherRequestFields, page, requestFields, responseRoots } from "./request.ts";

const bodyRoots = ["body", "item", "headers", "vars"] as const;
const handshakeRoots = ["body", "query", "headers", "vars"] as const;

const eventRule = variant(
  {
    event: kind(
      "The canonical event it becomes.",
      reference("event", "Event of a system's contract."),
      {
        when: optional(expression("Takes only what makes this true.", bodyRoots)),
        map: optional(reference("mapping", "Mapping from the vendor's body to the event's data.")),
        data: optional(template("The event's data, instead of `map`.", bodyRoots)),
      },
    ),
    else: kind(
      "What becomes of anything no rule takes.",
      choice(["ignore", "invalid"], "`ignore` counts it; `invalid` keeps it for a person."),
    ),
  },
  "One rule; the first that holds takes it.",
);

/** Shared by webhooks and polls: one fact through either is one message. */
const feedFields = {
  dedupe: expression("Identity of one fact; shared by webhook and poll of one `feed`.", bodyRoots),
  feed: optional(
    name("Dedupe namespace shared with another webhook or poll; its own name unless told."),
  ),
  time: optional(expression("When it happened: a date-time, or milliseconds.", bodyRoots)),
  sequence: optional(expression("Order within its key: a version or a time.", bodyRoots)),
  where: optional(expression("Rows for which this is false are not stored.", bodyRoots)),
  data: optional(template("What is kept as `$message.data`; the item unless told.", bodyRoots)),
  events: optional(
    list(
      eventRule,
      "Canonical events it becomes; without rules its own type is `<adapter>.<name>`.",
      1,
    ),
  ),
  echo: optional(
    either(
      [
        object(
          {
            record: expression("Id of the record, as operations' `echo` names it.", bodyRoots),
            values: template("The values, as operations' `echo` names them.", bodyRoots),
          },
          "An echo when the last that we wrote to this record are the same values. Other news of the record is real, and so is the next that has these values again.",
        ),
        expression("True for our own write.", bodyRoots),
      ],
      "Our own write coming back: ends with no run and no call.",
    ),
  ),
} satisfies Fields;

export const webhook = object(
  {
    verify,
    items: optional(expression("The facts in one body; the body itself unless told.", bodyRoots)),
    ...feedFields,
    contract: optional(
      reference("schema", "Vendor schema of the body, checked before it is accepted."),
    ),
    accept: optional(
      choice(
        ["json", "form", "xml"],
        "How the body is written; json unless told. `form`: nested names become maps and lists. `xml`: elements by name without prefix, attributes as `@name`.",
      ),
    ),
    handshake: optional(
      object(
        {
          when: expression(
            "The call asks whether somebody is there and brings no fact; asked of GET, too, where `$body` is null.",
            handshakeRoots,
          ),
          proof: optional(proof),
          answer: template("What is sent back: a text as it is, anything else as JSON.", [
            ...handshakeRoots,
            "proof",
          ]),
          signed: optional(
            boolean(
              "False where the vendor does not sign this call; true unless told, but for GET, which nobody signs.",
            ),
          ),
        },
        "The vendor's own check of a new endpoint, answered before any fact is read.",
      ),
    ),
    respond: optional(
      object(
        {
          encode: optional(
            choice(["json", "xml", "text"], "How `body` is written; json unless told."),
          ),
          status: optional(integer("Status on acceptance; 202 unless told.", 200, 299)),
          body: optional(template("Body on acceptance, for vendors that want one.", bodyRoots)),
        },
        "Answer on acceptance.",
      ),
    ),
    limit: optional(integer("Largest body in bytes; 1 MiB unless told.", 1)),
    rate: optional(rate("Requests it takes; beyond, 429 with Retry-After.")),
  },
  "One endpoint: `POST /webhooks/<adapter>/<name>`.",
);

export const poll = object(
  {
    every: span("Time between two polls."),
    ...requestFields,
    items: expression("The rows of one answer.", [...bodyRoots, "response", "result", "cursor"]),
    page: optional(page),
    cursor: optional(
      object(
        {
          value: optional(
            expression("Cursor of one row (`$item`); the greatest is the checkpoint.", bodyRoots),
          ),
          token: optional(
            expression(
              "Instead, where the last page of a round says where the next round goes on: that word.",
              responseRoots,
            ),
          ),
          "next-url": optional(
            expression(
              "Instead, where it says so by an address, such as `@odata.deltaLink`: on base-url's host only.",
              responseRoots,
            ),
          ),
          start: template(
            "Cursor of the first poll; `now` for the time of the first start, null for none.",
            ["vars", "env"],
          ),
          overlap: optional(
            either(
              [
                duration("Time that is read again, for rows that appear late."),
                integer("Ids that are read again.", 0),
              ],
              "What is read again each time; repeats are deduplicated.",
            ),
          ),
          expired: optional(
            expression(
              "True of an answer that knows the cursor no more: the next round goes on from `start`, and what comes again is deduplicated.",
              responseRoots,
            ),
          ),
        },
        "Where the next poll goes on; saved with the rows it brought. A source that is told what was taken (`acknowledge`) needs none.",
      ),
    ),
    acknowledge: optional(
      object(
        furtherRequestFields,
        "Tells the source that the rows of an answer were taken, once they are on disk: a queue gives them again until then. `$response` and `$result` are those of the answer.",
      ),
    ),
    ...feedFields,
    "gap-check": optional(
      object(
        {
          webhook: text("Webhook of this adapter with the same `feed` and `dedupe`."),
          grace: optional(
            duration("Younger rows (by `time`) may still be on their way; 5m unless told."),
          ),
        },
        "This poll reads what the webhook should have brought: rows that are new were missed. They are named in log, audit and metrics, and go the way that the webhook's go.",
      ),
    ),
  },
  "One source that is asked for news.",
);
