import type { Instant } from "../../model/json.ts";
import { Agenda, wallClock } from "./agenda.ts";
import { Billing } from "./billing/billing.ts";
import { controlOf } from "./control.ts";
import { credentials, environmentOf } from "./credentials.ts";
import { Crm } from "./crm/crm.ts";
import { Deals } from "./deals.ts";
import { Erp } from "./erp/erp.ts";
import type { Estate, EstateOptions } from "./estate.ts";
import { Faults } from "./faults.ts";
import { Limiter } from "./limiter.ts";
import { personOf } from "./person.ts";
import { streamOf } from "./random.ts";
import { CountingLedger } from "./report.ts";
import { listen, urlOf } from "./server.ts";
import { hmac } from "./signature.ts";
import { Support } from "./support/support.ts";
import { type System, systems } from "./system.ts";
import { type Sign, WebhookSender } from "./webhooks.ts";
import { usualHabits, type World } from "./world.ts";

/** Starts the estate on 127.0.0.1. */
export async function startEstate(options: EstateOptions = {}): Promise<Estate> {
  const seed = options.seed ?? 1;
  const agenda = new Agenda(options.clock ?? wallClock);
  const ledger = new CountingLedger(() => agenda.now());
  const habits = { ...usualHabits, ...options.habits };
  const worldOf = (system: System): World => {
    const faults = new Faults(seed, system, options.faults);
    const parts = { system, agenda, ledger, faults, sign: signs[system] };
    const webhooks = new WebhookSender({ ...parts, retryMs: habits.webhookRetryMs });
    return { agenda, ledger, faults, random: streamOf(seed, system), webhooks };
  };
  const worlds = {
    crm: worldOf("crm"),
    support: worldOf("support"),
    billing: worldOf("billing"),
    erp: worldOf("erp"),
  };
  // The port is known once the server listens, and the partners are asked only after that.
  let base = "";
  const crm = new Crm(worlds.crm, habits, () => `${base}/crm`);
  const support = new Support(worlds.support, () => `${base}/support`);
  const billing = new Billing(worlds.billing, habits);
  const erp = new Erp(worlds.erp, habits);
  const partners = { crm, support, billing, erp };
  const deals = new Deals(crm, erp, seed);
  const estate: Omit<Estate, "urls" | "environment"> = {
    seed,
    ...partners,
    ledger,
    webhooks: {
      to: (system, url) => worlds[system].webhooks.to(url),
      idle: async () => {
        await Promise.all(systems.map((system) => worlds[system].webhooks.idle()));
      },
    },
    person: personOf(partners),
    closeDeal: (deal) => deals.close(deal),
    winDeal: (id) => deals.win(id),
    editRecord: (type, id, values) => deals.edit(type, id, values),
    close: async () => {
      agenda.close();
      for (const system of systems) worlds[system].webhooks.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
  const control = controlOf(estate);
  const limits = Object.fromEntries(
    Object.entries(options.limits ?? {}).map(([system, limit]) => [system, new Limiter(limit)]),
  );
  const server = await listen({ partners, agenda, ledger, limits, control }, options.port);
  base = urlOf(server);
  const urls = {
    crm: `${base}/crm`,
    support: `${base}/support`,
    billing: `${base}/billing`,
    erp: `${base}/erp`,
    control: `${base}/_estate`,
  };
  return { ...estate, urls, environment: () => environmentOf(urls) };
}

const seconds = (now: Instant) => String(Math.floor(now / 1000));

/** How each vendor signs what it sends. The ERP sends nothing: it is polled. */
const signs: Readonly<Record<System, Sign>> = {
  crm: (body, event, now) => ({
    "x-crm-delivery": event.id,
    "x-crm-signature-timestamp": seconds(now),
    "x-crm-signature": hmac(credentials.crm.webhook, `${seconds(now)}.${body}`, "hex"),
  }),
  support: (body, event, now) => {
    const time = new Date(now).toISOString();
    return {
      "x-zendesk-webhook-id": event.id,
      "x-zendesk-webhook-signature-timestamp": time,
      "x-zendesk-webhook-signature": hmac(credentials.support.webhook, time + body, "base64"),
    };
  },
  billing: (body, _, now) => {
    const signature = hmac(credentials.billing.webhook, `${seconds(now)}.${body}`, "hex");
    return { "stripe-signature": `t=${seconds(now)},v1=${signature}` };
  },
  erp: () => ({}),
};
