import {
  choice,
  type CompiledFields,
  list,
  object,
  optional,
  record,
  reference,
  text,
} from "../field.ts";
import { name } from "./common.ts";

/** Effects an operation may have. All but `read` need idempotency or an in-doubt policy. */
const effects = ["read", "create", "update", "upsert", "delete"] as const;

/** Keys of a system document: the contract of a role. No vendor word in it. */
export const systemFields = {
  system: name("The role, such as `erp`."),
  owner: optional(reference("team", "Team that answers for the contract.")),
  description: optional(text("What the role does for the business.")),
  operations: record(
    object(
      {
        input: optional(reference("schema", "Schema of what the caller gives.")),
        output: optional(reference("schema", "Schema of what the caller gets.")),
        effect: choice(effects, "What it does to the partner."),
        description: optional(text("What it does for the business.")),
      },
      "One operation.",
    ),
    "Operations by name, in camelCase.",
    /^[a-z][A-Za-z0-9]*$/,
    "a camelCase name such as createOrder",
  ),
  events: optional(
    record(
      object(
        {
          data: reference("schema", "Schema of the event's data."),
          correlate: optional(
            list(text("Field of the data."), "Fields by which a `listen` may find the event."),
          ),
          description: optional(text("When it happens.")),
        },
        "One event.",
      ),
      "Events by name; flows call them `<system>.<name>`.",
      /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*$/,
      "lower-case words joined by . and -, such as order.approved",
    ),
  ),
};

export type SystemPlan = CompiledFields<typeof systemFields> & { readonly name: string };
