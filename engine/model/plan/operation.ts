import {
  choice,
  duration,
  expression,
  either,
  list,
  object,
  oneOrMany,
  optional,
  reference,
  template,
  text,
} from "../field.ts";
import { idempotent, name } from "./common.ts";
import {
  errorRules,
  expectation,
  inDoubt,
  operationRequest,
  page,
  requestFields,
  outputRoots,
  verification,
} from "./request.ts";

/** How one operation of a system is played by a vendor. */
export const operation = object(
  {
    description: optional(text("What it does.")),
    effect: optional(
      choice(
        ["read", "create", "update", "upsert", "delete"],
        "For operations that the system's contract does not have.",
      ),
    ),
    input: optional(
      reference("schema", "For operations that the system's contract does not have."),
    ),
    output: optional(
      reference("schema", "For operations that the system's contract does not have."),
    ),
    request: optional(object(requestFields, "The operation's only request; its id is `request`.")),
    requests: optional(list(operationRequest, "Several requests, in order.", 1)),
    errors: optional(errorRules("Asked before the adapter's own rules.")),
    "in-doubt": optional(inDoubt),
    idempotent: optional(idempotent("The partner knows our idempotency key.")),
    expect: optional(oneOrMany(expectation, "Conditions on the last answer.")),
    verify: optional(verification),
    page: optional(page),
    result: optional(
      either(
        [
          object(
            {
              map: reference(
                "mapping",
                "Mapping from the vendor's answer to the contract's output.",
              ),
              with: optional(
                template("Input of the mapping; the last `$result` unless told.", outputRoots),
              ),
            },
            "The output a mapping makes.",
          ),
          template("The output, with `${…}` inside.", outputRoots),
        ],
        "The operation's output; the last `$result` unless told.",
      ),
    ),
    echo: optional(
      object(
        {
          record: expression("Id of the record that is written.", outputRoots),
          values: template("What is written, as the news of it will show it.", outputRoots),
          within: optional(duration("How long its coming back is known; 1h unless told.")),
        },
        "Remembers what was written, for the `echo` of a webhook or poll.",
      ),
    ),
    link: optional(
      oneOrMany(
        object(
          {
            entity: name("Canonical entity, such as customer."),
            canonical: expression("Canonical id.", outputRoots),
            id: expression(
              "The vendor's id; `$output` is not needed, `$result` and `$requests` are there.",
              outputRoots,
            ),
          },
          "A crosswalk entry.",
        ),
        "Ids to remember in the crosswalk when the operation is done.",
      ),
    ),
  },
  "How one operation is played.",
);
