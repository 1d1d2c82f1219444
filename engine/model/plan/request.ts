import { failureClasses } from "../../errors/failure.ts";
import {
  boolean,
  choice,
  duration,
  span,
  expression,
  either,
  integer,
  kind,
  list,
  object,
  oneOrMany,
  optional,
  record,
  reference,
  singleTemplate,
  template,
  variant,
} from "../field.ts";
import type { Root } from "../expression.ts";
import { failureCode, failureFields, identifier } from "./common.ts";

const pathRoots = ["input", "requests", "vars", "cursor", "item", "call"] as const;

/** A body, or values that a mapping makes. */
const mappedOr = (docs: string, roots: readonly Root[]) =>
  either(
    [
      object(
        {
          map: reference("mapping", "Mapping that makes the value; its `to` schema is checked."),
          with: optional(
            template("Input of the mapping; the operation's `$input` unless told.", roots),
          ),
        },
        "The value a mapping makes.",
      ),
      template("A value with `${…}` inside.", roots),
    ],
    docs,
  );

const operationRoots = [
  "input",
  "requests",
  "vars",
  "call",
  "item",
  "cursor",
  "run",
  "session",
] as const;
export const responseRoots = [...operationRoots, "response", "result"] as const;
/** What is made of all answers together: `$call` is of one request. */
export const outputRoots = responseRoots.filter((root) => root !== "call");

const requestFieldsOver = (more: readonly Root[]) => {
  const roots = [...operationRoots, ...more];
  const path = (docs: string) => template(docs, [...pathRoots, ...more]);
  return {
    get: optional(
      path(
        "Path of a GET, after `base-url`; interpolated values are percent-encoded. Alone, a value of `$requests` may be an address that the partner gave (`Location`), whole or from the root; on base-url's host only.",
      ),
    ),
    post: optional(path("Path of a POST.")),
    put: optional(path("Path of a PUT.")),
    patch: optional(path("Path of a PATCH.")),
    delete: optional(path("Path of a DELETE.")),
    query: optional(record(template("Value.", roots), "Query parameters; null ones are left out.")),
    headers: optional(record(singleTemplate("Value.", roots), "Request headers.")),
    body: optional(mappedOr("Request body.", roots)),
    call: optional(
      record(
        mappedOr("Value; a list or map may hold `{ map: … }` at its top.", roots),
        "Named values for the adapter's `request` template, read there as `$call.<name>` (a JSON-RPC method and its params, a SOAP action).",
      ),
    ),
    decode: optional(
      choice(
        ["json", "ndjson", "csv", "xml", "text", "base64"],
        "How a successful answer is read, whatever its content type; by that unless told, which leaves CSV and NDJSON as text. `ndjson` and `csv` give a list; rows of `csv` are maps of texts by the names of its first line. `base64` gives the bytes of a file.",
      ),
    ),
    encode: optional(
      choice(
        ["json", "form", "multipart", "xml", "text", "ndjson", "csv", "base64", "none"],
        "How the body is written; json unless told. `xml`: one root, attributes as `@name`, text beside them as `#text`. `ndjson` and `csv`: a list, a row a line; the columns of `csv` are the first row's members. `multipart`: a member a field; a file is `{ filename, type, base64 }`, or `text` or `json` in place of `base64`; a list repeats its field, null leaves it out. `base64`: the body is the bytes behind it.",
      ),
    ),
    timeout: optional(span("Longest wait for the whole answer; 30s unless told.")),
    result: optional(
      expression(
        "What of the answer is `$result` (and `$requests.<id>`); `$response.body` unless told.",
        responseRoots,
      ),
    ),
  };
};

/** One HTTP request; keys given here override the adapter's `request` defaults, bodies replace. */
export const requestFields = requestFieldsOver([]);

/** One that goes after an answer, and reads it. */
export const furtherRequestFields = requestFieldsOver(["response", "result"]);

const errorRule = object(
  {
    when: expression(
      "True when this rule names the answer; rules are asked in order.",
      responseRoots,
    ),
    class: choice(failureClasses, "What kind of failure it is."),
    code: optional(failureCode("Canonical reason.")),
    message: optional(template("Sentence for people.", responseRoots)),
    wait: optional(
      either(
        [
          duration("So long."),
          expression(
            "A date-time, from the answer; without one the class's own wait holds.",
            responseRoots,
          ),
        ],
        "For `throttled` and `wait`: not before this time, unless Retry-After says later.",
      ),
    ),
    "again-from": optional(
      identifier(
        "Request of the operation from which a retry starts anew (re-read after a conflict).",
      ),
    ),
    until: optional(reference("event", "For `wait`: the event that ends it.")),
  },
  "One rule.",
);
export const errorRules = (docs: string) => list(errorRule, docs);

/** What to do when a request was sent and its outcome is unknown. */
export const inDoubt = variant(
  {
    resend: kind(
      "Send again.",
      choice(
        ["safe", "same-key"],
        "`safe`: the request sets absolute values, twice is once. `same-key`: the partner knows the idempotency key.",
      ),
      {
        settle: optional(
          duration(
            "Wait before sending again, where what was sent may still be on its way: it must not arrive after what comes later.",
          ),
        ),
        // oxlint-disable-next-line unicorn/no-thenable -- a key of the language, in data
        then: optional(
          reference(
            "lookup",
            "For `same-key`: a name under `lookups`, asked once the partner has forgotten the key, and when retries are used up.",
          ),
        ),
      },
    ),
    lookup: kind(
      "Ask whether it happened; adopt what is found, otherwise send again.",
      reference("lookup", "A name under `lookups`."),
      {
        settle: optional(duration("Wait before asking, for a partner that is still at work.")),
        done: optional(
          expression(
            "True when the found record shows that this very request took effect.",
            responseRoots,
          ),
        ),
      },
    ),
    park: kind("Stop for a person.", boolean("Always true.")),
  },
  "What to do when the outcome is unknown: no answer came, or one that is cut off, a 408, 500, 502, 504, or a web page. Of several requests each that changes something has its own; a POST without one is taken for a write, `resend: safe` says that it only looks.",
);

export const expectation = object(
  {
    read: optional(
      reference("lookup", "A name under `lookups`, asked first; its answer is `$result`."),
    ),
    that: expression("Must be true.", responseRoots),
    error: object(
      {
        ...failureFields,
        message: optional(template("Sentence for people; may hold `${…}`.", responseRoots)),
      },
      "The failure when it is not.",
    ),
  },
  "A condition on what the partner says, for success that is not success.",
);

export const verification = object(
  {
    read: reference(
      "lookup",
      "A name under `lookups`, which may name this request's own answer as `$requests.<id>`; its answer is `$result`.",
    ),
    that: expression("True when the write shows.", responseRoots),
    within: optional(
      duration("Looks again for so long, where a write shows late; one look unless told."),
    ),
    every: optional(span("Time between two looks; 2s unless told.")),
    error: optional(
      object(
        {
          ...failureFields,
          message: optional(template("Sentence for people; may hold `${…}`.", responseRoots)),
        },
        "The failure when it does not show; business, not-verified unless told.",
      ),
    ),
  },
  "Reads back what a write did once the partner has said that it is done: the request goes from acknowledged to verified, or fails. Only the look is repeated, never the write.",
);

export const page = object(
  {
    items: expression("The rows of one answer.", responseRoots),
    next: optional(
      record(
        expression("Value for the next page.", responseRoots),
        "Values of `$cursor` for the next page: an offset, a cursor, the last id.",
      ),
    ),
    "next-url": optional(
      expression(
        "Address of the next page as the partner gives it (`@odata.nextLink`, or `$response.links.next` of a Link header), absolute, from the root or relative to the page before, instead of values of `$cursor`; on base-url's host only.",
        responseRoots,
      ),
    ),
    start: optional(
      record(template("Value.", ["input", "vars"]), "Values of `$cursor` for the first page."),
    ),
    while: expression("There is a next page when true.", responseRoots),
    max: integer("Most rows in all; more is a failure, never a silent cut.", 1),
  },
  "How pages are followed.",
);

export const operationRequestFields = {
  id: identifier("Later requests read its result as `$requests.<id>`."),
  if: optional(expression("Sent only when true; its result is null otherwise.", operationRoots)),
  each: optional(expression("Sent once per item (`$item`); the result is a list.", operationRoots)),
  use: optional(reference("template", "A name under `templates`: several requests under one id.")),
  with: optional(
    record(
      template("Value.", operationRoots),
      "Values for the template, read there as `$call.<name>`.",
    ),
  ),
  ...requestFields,
  errors: optional(errorRules("Asked before the adapter's own rules.")),
  "in-doubt": optional(inDoubt),
  expect: optional(oneOrMany(expectation, "Conditions on the answer.")),
  verify: optional(verification),
};

export const operationRequest = object(
  operationRequestFields,
  "One request of an operation: journaled, and where a crash or retry goes on.",
);

export const templateRequest = object(
  {
    ...operationRequestFields,
    always: optional(
      boolean(
        "Sent even where one before it was refused, to tidy up; its own refusal is passed over.",
      ),
    ),
  },
  "One request of a template.",
);
