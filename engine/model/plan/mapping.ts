import {
  type CompiledFields,
  json,
  list,
  object,
  optional,
  record,
  reference,
  text,
} from "../field.ts";
import { name } from "./common.ts";

/** Ids that an example or a test knows. */
export const crosswalk = list(
  object(
    {
      entity: text("Entity."),
      canonical: text("Canonical id."),
      system: text("System."),
      id: text("That system's id."),
    },
    "One entry.",
  ),
  "Crosswalk entries.",
);

/** Keys of a mapping's contract, `<name>.yaml` beside `<name>.jsonata`. */
export const mappingFields = {
  mapping: text("Path under `mappings/`, such as `tryton/order-out`."),
  from: reference("schema", "Schema of the input; paths of the mapping are checked against it."),
  to: reference(
    "schema",
    "Schema of the output; a breach stops the message before anything is sent.",
  ),
  description: optional(text("What it does.")),
  owner: optional(reference("team", "Team that answers for it.")),
  examples: optional(
    list(
      object(
        {
          name: text("What it shows."),
          input: json("Input."),
          output: json("Expected output, to the letter."),
          crosswalk: optional(crosswalk),
        },
        "One example: run by `sluice test`.",
      ),
      "Examples.",
      1,
    ),
  ),
};

export type MappingContract = CompiledFields<typeof mappingFields>;

/** Keys of a code list. */
export const codesFields = {
  codes: name("Name of the list, such as payment-terms."),
  description: optional(text("What is coded.")),
  owner: optional(reference("team", "Team that answers for it.")),
  values: record(
    json("Value: a string, number or object."),
    "Value by code. An unknown code is an error, never a default.",
  ),
};

export type CodesPlan = CompiledFields<typeof codesFields>;
