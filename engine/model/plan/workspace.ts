import { failureClasses } from "../../errors/failure.ts";
import {
  boolean,
  choice,
  type CompiledFields,
  duration,
  span,
  either,
  integer,
  json,
  kind,
  list,
  object,
  optional,
  record,
  reference,
  template,
  text,
  variant,
} from "../field.ts";
import { endpointPath, name, retryFields } from "./common.ts";
import { categories, impactRules } from "./impact.ts";
import { adminRole, rightNames } from "./rights.ts";

const endpoint = endpointPath("Path below `/api/v<version>`.");

const variableName = /^[A-Z][A-Z0-9_]*$/;

/** A name, an IPv4 address whose parts are at most 255, or an IPv6 address. */
const hostName =
  /^(?:(?!\d+(?:\.\d+)*$)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+)$/;

/** Where a team hears of issues. */
const notifyTarget = variant(
  {
    webhook: kind(
      "A POST, signed as Standard Webhooks say.",
      template("Its URL, such as `${ $env.OPS_HOOK_URL }`.", ["env"]),
      {
        name: optional(name("Name in lists; its place in the list unless told.")),
        sign: optional(reference("secret", "Secret that signs: `whsec_` and base64, or any text.")),
      },
    ),
    log: kind("A line of the engine's log.", choice(["warn", "error"], "Its level.")),
  },
  "One target.",
  {
    from: optional(
      choice(
        categories,
        "The least category that is told; `high` for a webhook, `low` for the log.",
      ),
    ),
  },
);

/** Keys of `sluice.yaml`. */
export const workspaceFields = {
  workspace: name("Name of the workspace."),
  description: optional(text("What it connects.")),
  teams: record(
    object(
      {
        name: optional(text("Name for people.")),
        contact: text("Where notices go: an address or a channel."),
        escalation: optional(
          list(
            object(
              {
                after: span("Unacknowledged for so long."),
                to: reference("team", "Next team."),
              },
              "One level.",
            ),
            "Who hears next, of what is critical and nobody acknowledged.",
          ),
        ),
        notify: optional(list(notifyTarget, "Where notices of issues go; the log unless told.")),
      },
      "One team.",
    ),
    "Teams that own flows, systems and tasks.",
  ),
  systems: record(
    either(
      [
        reference("adapter", "The adapter that plays the role."),
        object(
          {
            adapter: reference("adapter", "The adapter that plays the role."),
            regions: optional(
              record(reference("adapter", "Adapter in this region."), "Other adapters by region."),
            ),
          },
          "The adapter, and others by region.",
        ),
      ],
      "Who plays it.",
    ),
    "Which adapter plays which system.",
  ),
  env: optional(
    record(
      object(
        { description: text("What it is."), default: optional(text("Used when it is not set.")) },
        "One environment value.",
      ),
      "Environment values that specs may read as `$env.NAME`.",
      variableName,
      "upper-case words joined by _, such as TRYTON_URL",
    ),
  ),
  secrets: optional(
    record(
      text("What it is for."),
      "Secrets that specs may name; values come from the environment or from files, never from YAML.",
      variableName,
      "upper-case words joined by _, such as TRYTON_PASSWORD",
    ),
  ),
  policies: optional(
    object(
      {
        retry: optional(
          record(
            object(retryFields, "One policy."),
            "Retry policies by name; `default` holds for every step.",
          ),
        ),
        impact: optional(impactRules),
      },
      "Policies by name.",
    ),
  ),
  server: optional(
    object(
      {
        host: optional(
          text(
            "Address to listen on; 127.0.0.1 unless told.",
            hostName,
            "an address such as 127.0.0.1 or ::1, or the name of a host, alone",
          ),
        ),
        port: optional(integer("Port; 8080 unless told.", 0, 65535)),
        limit: optional(integer("Largest request body in bytes; 1 MiB unless told.", 1)),
      },
      "The HTTP server.",
    ),
  ),
  published: optional(
    list(
      variant(
        {
          get: kind("A read.", endpoint),
          post: kind("A request with a body.", endpoint),
          put: kind("A replacement.", endpoint),
          delete: kind("A removal.", endpoint),
        },
        "Method and path, as in the flow's trigger.",
        {
          version: optional(integer("Its version; 1 unless told.", 1)),
          deprecated: optional(
            text(
              "Since when there is a better one, such as 2027-01-31: callers get `Deprecation`.",
            ),
          ),
          sunset: optional(text("Last day it is there, such as 2027-06-30: callers get `Sunset`.")),
        },
      ),
      "Endpoints that callers were promised: `validate` refuses to let one go before its `sunset`.",
    ),
  ),
  store: optional(
    object(
      { path: optional(text("Database file; `.sluice/sluice.db` unless told.")) },
      "The engine's memory.",
    ),
  ),
  egress: optional(
    list(
      text("Host, or `*.domain`."),
      "Hosts that requests may go to, beside those of `base-url`.",
    ),
  ),
  retention: optional(
    object(
      {
        payloads: optional(span("Bodies of messages, requests and answers.")),
        history: optional(span("Runs and their journals.")),
        audit: optional(span("Who did what.")),
      },
      "How long each class of data is kept. Dedupe keys have their own time.",
    ),
  ),
  roles: optional(
    record(
      list(
        choice(rightNames, "Right on the admin API."),
        "Rights of whoever holds `SLUICE_API_TOKEN_<ROLE>`; `[]` for a role that APIs alone name.",
      ),
      "Roles of people and callers.",
      new RegExp(`^(?!${adminRole}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$`),
      "lower-case words joined by -, such as finance-operator; admin is whoever holds SLUICE_ADMIN_TOKEN",
    ),
  ),
};

export type WorkspacePlan = CompiledFields<typeof workspaceFields> & { readonly name: string };

const crosswalk = list(
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

/** Keys of a flow test, `*.test.yaml` beside the flows. */
export const testFields = {
  test: text("What the tests are about."),
  flow: reference("flow", "The flow under test."),
  cases: list(
    object(
      {
        name: text("A sentence: what happens, under what condition."),
        given: object(
          {
            message: json("The message: `{ data, type?, source?, time?, id?, sequence? }`."),
            state: optional(json("`$state` of the lane.")),
            crosswalk: optional(crosswalk),
            cached: optional(
              list(
                object(
                  {
                    call: text("`<system>.<operation>`."),
                    answered: text("When, an ISO date-time."),
                    returns: json("Its output."),
                  },
                  "One answer.",
                ),
                "Answers that calls with `cache` remember.",
              ),
            ),
            events: optional(
              list(
                object(
                  {
                    event: reference("event", "Event name."),
                    data: json("Its data."),
                  },
                  "One event.",
                ),
                "Events that came before: a `listen` finds them, too.",
              ),
            ),
            now: optional(text("The time, an ISO date-time.")),
          },
          "What is there.",
        ),
        calls: optional(
          list(
            object(
              {
                call: text("`<system>.<operation>`, or `run <flow>` for a child flow."),
                when: optional(json("Answers only calls whose input has these members.")),
                returns: optional(json("Output of the operation.")),
                fails: optional(
                  object(
                    {
                      class: choice(failureClasses, "Failure class."),
                      code: text("Reason."),
                      message: optional(text("Sentence for people.")),
                      until: optional(reference("event", "For `wait`: the event that ends it.")),
                      wait: optional(duration("Not before this time.")),
                    },
                    "The failure that it ends with.",
                  ),
                ),
                hangs: optional(boolean("It never answers.")),
                times: optional(integer("Answers so many calls; any number unless told.", 1)),
              },
              "One mocked call.",
            ),
            "Mocked calls; one that is made and not mocked fails the test.",
          ),
        ),
        happens: optional(
          list(
            variant(
              {
                choose: kind("A person answers a task.", text("Id of the `task` step."), {
                  choice: text("What is chosen."),
                  by: optional(text("Who; `tester` unless told.")),
                  comment: optional(text("Comment.")),
                  data: optional(json("What is given with the choice.")),
                  pick: optional(text("Of a choice among several: which.")),
                }),
                event: kind(
                  "An event comes: for whom it may concern now, or for a later `listen`.",
                  reference("event", "Event name."),
                  { data: json("Its data.") },
                ),
                state: kind(
                  "Another run of the lane remembers this; a run that is held back is tested again.",
                  json("Members to merge."),
                ),
                after: kind("Time goes on.", duration("So long.")),
              },
              "One thing that happens.",
            ),
            "What happens while the run waits, in order.",
          ),
        ),
        expect: object(
          {
            outcome: choice(
              [
                "done",
                "stopped",
                "failed",
                "dead",
                "invalid",
                "in-doubt",
                "stuck",
                "active",
                "held",
                "superseded",
              ],
              "Where the run ends.",
            ),
            requests: optional(
              list(
                json(
                  "`{ <system>.<operation>: input }`, or its name alone; `<adapter>.<operation>` says who plays it in the run's region.",
                ),
                "Calls that were made, in order, no others.",
              ),
            ),
            events: optional(
              list(
                json("`{ <event>: data }`, or its name alone."),
                "Events emitted, in order, no others.",
              ),
            ),
            state: optional(json("`$state` afterwards.")),
            output: optional(json("The flow's output.")),
            error: optional(json("Members of the failure.")),
            issues: optional(
              list(text("Code."), "Failures that were reported and did not stop it, in order."),
            ),
            conflicts: optional(
              list(
                text("`<attribute> <system>`."),
                "Values that did not stand in a `golden` step, and who gave them, in order.",
              ),
            ),
            milestones: optional(list(text("Milestone."), "Milestones reached, in order.")),
            response: optional(json("Answer of an API flow: `{ status, body }`.")),
          },
          "What must be true.",
        ),
      },
      "One case.",
    ),
    "Cases.",
    1,
  ),
};

export type FlowTest = CompiledFields<typeof testFields>;

/** Adapters that play a system, in any region: the others may be there, and are at rest. */
export function playingAdapters(workspace: Pick<WorkspacePlan, "systems">): ReadonlySet<string> {
  return new Set(
    Object.values(workspace.systems).flatMap((system) =>
      typeof system === "string"
        ? [system]
        : [system.adapter, ...Object.values(system.regions ?? {})],
    ),
  );
}
