import {
  boolean,
  choice,
  type CompiledFields,
  duration,
  expression,
  integer,
  list,
  object,
  optional,
  record,
  reference,
  span,
  template,
  text,
} from "../field.ts";
import { idempotent, name } from "./common.ts";
import { auth } from "./auth.ts";
import { poll, webhook } from "./feed.ts";
import { operation } from "./operation.ts";
import { errorRules, requestFields, responseRoots, templateRequest } from "./request.ts";

/** Keys of an adapter document: one vendor's way to play a system. Data, never code. */
const header = /^[\w-]+$/;
const headerExpected = "the name of a header";

export const adapterFields = {
  adapter: name("The vendor, such as `salesforce`."),
  plays: reference("system", "The role it plays."),
  owner: optional(reference("team", "Team that answers for it.")),
  description: optional(text("Product and version it was written for.")),
  legacy: optional(
    boolean(
      "A source that is to go (a file drop, SOAP): `sunset` says when, and `validate` warns.",
    ),
  ),
  sunset: optional(text("Last day of its use, such as 2027-06-30; after it `validate` refuses.")),
  "base-url": template("Where it is; environment values only.", ["env"]),
  vars: optional(
    record(template("Value.", ["env"]), "Constants of this adapter, read as `$vars`."),
  ),
  auth,
  tls: optional(
    object(
      {
        certificate: optional(
          reference(
            "secret",
            "Our own certificate in PEM, with those between it and its authority after it.",
          ),
        ),
        key: optional(reference("secret", "Its private key in PEM.")),
        passphrase: optional(reference("secret", "Opens the key, where it is encrypted.")),
        authority: optional(
          reference(
            "secret",
            "Certificates in PEM that the partner's own is checked against, in place of the public authorities.",
          ),
        ),
      },
      "Client certificate (mutual TLS), and a private authority; shown at each connection, log-ins too, beside what `auth` adds.",
    ),
  ),
  codec: optional(
    object(
      {
        tag: text("Member that names the type of a tagged value, such as `__class__`."),
        types: record(
          object(
            {
              tag: text("The tag's value, such as `Decimal`."),
              fields: record(
                choice(
                  [
                    "text",
                    "year",
                    "month",
                    "day",
                    "hour",
                    "minute",
                    "second",
                    "microsecond",
                    "base64",
                    "seconds",
                  ],
                  "Part of the value.",
                ),
                "Members of the tagged value.",
              ),
            },
            "How one format is tagged.",
          ),
          "By JSON Schema format: decimal, date, date-time, duration, binary. Answers are decoded; requests are encoded where the mapping's `to` schema says the format.",
        ),
      },
      "Typed values that JSON lacks.",
    ),
  ),
  request: optional(object(requestFields, "Defaults of every request.")),
  errors: optional(
    errorRules(
      "Which answers are failures, and of what kind; 2xx is success and the rest by status unless a rule says otherwise.",
    ),
  ),
  budget: optional(
    list(
      object(
        {
          limit: integer("Most requests…", 1),
          per: span("…in any span of this length."),
          reserve: optional(
            integer(
              "So many of them are kept for flows of `priority: high`, whatever the others want.",
              1,
            ),
          ),
        },
        "One window.",
      ),
      "Request budget, shared by all flows, in every span of its length; what exceeds it waits.",
    ),
  ),
  "rate-limit": optional(
    object(
      {
        remaining: text(
          "Header that says how many requests are left, such as X-RateLimit-Remaining.",
          header,
          headerExpected,
        ),
        "remaining-as": optional(
          choice(
            ["left", "used-of-limit"],
            "How that is written: `left` unless told; `used-of-limit` is such as 39/40.",
          ),
        ),
        reset: optional(text("Header that says when there are more.", header, headerExpected)),
        pause: optional(
          duration("Rest so long where no header says when there are more; 1s unless told."),
        ),
        "reset-as": optional(
          choice(
            ["seconds", "milliseconds", "epoch-seconds", "epoch-milliseconds", "date-time"],
            "How that is written: `seconds` from now unless told.",
          ),
        ),
        keep: optional(
          integer("Rest when so many are left already: for others that use the same account.", 0),
        ),
      },
      "Headers by which the partner says what is left of its own limit: nothing is sent until there is more. `Retry-After`, `RateLimit` and `RateLimit-Remaining` (IETF) are obeyed without.",
    ),
  ),
  concurrency: optional(integer("Most requests at once; 8 unless told.", 1, 256)),
  circuit: optional(
    object(
      {
        failures: integer("So many failures in a row…", 1),
        within: span("…within this time…"),
        open: span("…stop all requests for this long; then one probe."),
      },
      "Stops calling a partner that is down.",
    ),
  ),
  idempotent: optional(idempotent("The partner knows our idempotency key on every write.")),
  reference: optional(
    record(
      object(
        {
          ...requestFields,
          row: expression("The row for `$call.key` in the answer.", responseRoots),
          ttl: duration("How long a row is kept."),
        },
        "One table.",
      ),
      "The vendor's tables by code, read on demand and cached: `$reference(table, key)`. The key is `$call.key`.",
    ),
  ),
  lookups: optional(
    record(
      object(
        {
          ...requestFields,
          found: optional(
            expression(
              "The record that was found, null for none; `$result` unless told.",
              responseRoots,
            ),
          ),
        },
        "One look-up.",
      ),
      "Reads for `in-doubt` and `expect`.",
    ),
  ),
  templates: optional(
    record(
      list(templateRequest, "Requests, in order.", 1),
      "Request sequences that operations `use` (a wizard's three calls).",
    ),
  ),
  operations: record(
    operation,
    "Operations by name.",
    /^[a-z][A-Za-z0-9]*$/,
    "a camelCase name such as createOrder",
  ),
  webhooks: optional(
    record(
      webhook,
      "Endpoints by name.",
      /^[a-z][A-Za-z0-9]*$/,
      "a camelCase name such as opportunityChanged",
    ),
  ),
  polls: optional(
    record(
      poll,
      "Polled sources by name.",
      /^[a-z][A-Za-z0-9]*$/,
      "a camelCase name such as changedParties",
    ),
  ),
};

export type AdapterPlan = CompiledFields<typeof adapterFields> & { readonly name: string };
export type OperationPlan = AdapterPlan["operations"][string];
export type OperationRequestPlan = NonNullable<OperationPlan["requests"]>[number];
export type RequestPlan = CompiledFields<typeof requestFields>;
export type InDoubtPlan = NonNullable<OperationPlan["inDoubt"]>;
export type ErrorRulePlan = NonNullable<AdapterPlan["errors"]>[number];
export type WebhookPlan = NonNullable<AdapterPlan["webhooks"]>[string];
export type PollPlan = NonNullable<AdapterPlan["polls"]>[string];
export type AuthPlan = AdapterPlan["auth"];
