import {
  choice,
  type CompiledFields,
  either,
  integer,
  kind,
  list,
  object,
  optional,
  record,
  reference,
  span,
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

const roleRights = list(
  choice(rightNames, "Right on the admin API."),
  "Rights of whoever holds `SLUICE_API_TOKEN_<ROLE>`.",
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
      either(
        [
          roleRights,
          object(
            {
              rights: roleRights,
              domains: optional(
                list(reference("team", "A team."), "Its rights reach flows of these teams alone…"),
              ),
              flows: optional(
                list(
                  reference("flow", "A flow."),
                  "…and these flows; all flows where neither is told.",
                ),
              ),
            },
            "Rights, and how far they reach.",
          ),
        ],
        "Rights of whoever holds `SLUICE_API_TOKEN_<ROLE>`; `[]` for a role that APIs alone name.",
      ),
      "Roles of people and callers.",
      new RegExp(`^(?!${adminRole}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$`),
      "lower-case words joined by -, such as finance-operator; admin is whoever holds SLUICE_ADMIN_TOKEN",
    ),
  ),
};

export type WorkspacePlan = CompiledFields<typeof workspaceFields> & { readonly name: string };

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
