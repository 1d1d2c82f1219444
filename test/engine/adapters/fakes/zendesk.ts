import { type Answer, type Asked, Fake, objectOf } from "./exchange.ts";
import type { JsonObject } from "../../../../engine/model/json.ts";

/** Zendesk's organizations, by external id. */
export class Zendesk extends Fake {
  static readonly secrets = {
    SUPPORT_USER: "ann/token",
    SUPPORT_TOKEN: "zendesk-canary",
    SUPPORT_WEBHOOK_SECRET: "zendesk-webhook-canary",
  };
  readonly organizations = new Map<string, JsonObject>();

  protected handle({ body }: Asked): Answer {
    const { organization } = objectOf(body) as { organization: JsonObject };
    const key = JSON.stringify(organization["external_id"]);
    this.organizations.set(key, { ...organization, id: 9001 });
    return { status: 200, body: { organization: { ...organization, id: 9001 } } };
  }
}
