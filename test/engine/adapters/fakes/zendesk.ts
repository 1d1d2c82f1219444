import { type Answer, type Asked, Fake, objectOf } from "./exchange.ts";
import type { JsonObject } from "../../../../engine/model/json.ts";

/** Zendesk's organizations, by external id; no ticket ever changes there. */
export class Zendesk extends Fake {
  static readonly secrets = {
    SUPPORT_USER: "ann/token",
    SUPPORT_TOKEN: "zendesk-canary",
    SUPPORT_WEBHOOK_SECRET: "zendesk-webhook-canary",
  };
  readonly organizations = new Map<string, JsonObject>();

  protected handle({ body, path }: Asked): Answer {
    if (path === "/api/v2/incremental/tickets/cursor") {
      return { status: 200, body: { tickets: [], after_cursor: null, end_of_stream: true } };
    }
    if (path === "/api/v2/incremental/users/cursor") {
      return { status: 200, body: { users: [], after_cursor: null, end_of_stream: true } };
    }
    const { organization } = objectOf(body) as { organization: JsonObject };
    const key = JSON.stringify(organization["external_id"]);
    this.organizations.set(key, { ...organization, id: 9001 });
    return { status: 200, body: { organization: { ...organization, id: 9001 } } };
  }
}
