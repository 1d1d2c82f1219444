import {
  choice,
  duration,
  integer,
  list,
  number,
  object,
  optional,
  reference,
  span,
  template,
  text,
} from "../field.ts";
import { failureClasses } from "../../errors/failure.ts";

/** Names of flows, steps, milestones, teams: kebab-case. */
const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const nameExpected = "lower-case words joined by -, such as order-created";
export const name = (docs: string) => text(docs, namePattern, nameExpected);

/** Ids of steps and requests may also be camelCase, since expressions name them. */
const idPattern = /^[a-z][A-Za-z0-9]*$/;
const idExpected = "a letter, then letters and digits, such as creditCheck";
export const identifier = (docs: string) => text(docs, idPattern, idExpected);

export const failureCode = (docs: string) =>
  text(docs, /^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case words joined by -, such as credit-hold");

/** A path of our own API: what stands in braces is a parameter. */
export const endpointPath = (docs: string) =>
  text(docs, /^(?:\/(?!:)(?:[^\s?#{}/]|\{\w+\})*)+$/, "a path such as /orders/{orderId}");

/** How often a caller may come. */
export const rate = (docs: string) =>
  object(
    {
      limit: integer("Most requests…", 1),
      per: span("…in any span of this length."),
    },
    docs,
  );

/** A retry policy: in `sluice.yaml` by name, or on a step. */
export const retryFields = {
  policy: optional(
    reference("policy", "A retry policy of `sluice.yaml`; keys beside it override it."),
  ),
  max: optional(integer("Retries after the first attempt; 0 means none.", 0, 1000)),
  backoff: optional(duration("Wait before the first retry.")),
  factor: optional(number("Each further wait is this many times longer.", 1)),
  limit: optional(duration("The longest wait between two attempts.")),
  jitter: optional(
    number("Share of each wait that is random, 0 to 1, so that retries do not come in step.", 0, 1),
  ),
  on: optional(
    list(
      choice(failureClasses, "A failure class."),
      "Classes that are retried; transient and throttled unless told.",
    ),
  ),
};

/** A failure that a step names. */
export const failureFields = {
  class: choice(failureClasses, "Failure class: decides whether it is retried and where it ends."),
  code: failureCode("Reason, for people and for `catch`."),
  message: optional(template("Sentence for people; may hold `${…}`.")),
};

/** Where our key for an effect goes, and for how long the partner knows it. */
export const idempotent = (docs: string) =>
  object(
    {
      header: optional(text("Header that carries the key, such as Idempotency-Key.")),
      query: optional(text("Instead: query parameter that carries it, such as requestid.")),
      body: optional(
        text(
          "Instead: where it is put into the body, as a JSON Pointer such as /idempotency_key; the map around it must be there.",
          /^(\/[^/]+)+$/,
          "a JSON Pointer such as /idempotency_key",
        ),
      ),
      as: optional(
        choice(
          ["hex", "uuid"],
          "How it is written: `hex`, 64 digits, unless told; `uuid` where the partner wants one, or takes no more than 36 characters.",
        ),
      ),
      valid: span("How long the partner remembers it; beyond it, look up first."),
    },
    docs,
  );
