/** Texts of a small workspace: a shop that tells, and three partners that are told. */

export type Files = Readonly<Record<string, string>>;

/** A flow on `shop.thing.made`; its lane is `key`, its identity `id`. */
export const flowText = (steps: string, more = ""): string => `flow: post-thing
owner: ops
trigger: { event: shop.thing.made }
key: "$message.data.key"
idempotency: { key: "$message.data.id" }
${more}
steps:
${steps}`;

export const callText = (system: string, operation: string, more = ""): string =>
  `  - call: ${system}.${operation}
    id: ${system}${operation}
    with: "\${ $message.data }"
${more}`;

export const adapterText = (
  system: string,
  more = "",
  operations = "",
): string => `adapter: ${system}-one
plays: ${system}
owner: ops
base-url: "\${ $env.PARTNERS_URL & '/${system}' }"
auth: { none: true }
idempotent: { header: Idempotency-Key, valid: 24h }
${more}
operations:
  create: { request: { post: /things, body: "\${ $input }" }, in-doubt: { resend: same-key } }
  cancel: { request: { post: /cancellations, body: "\${ $input }" }, in-doubt: { resend: same-key } }
  find: { request: { get: "/things/\${ $input.id }" } }
${operations}`;

const systemText = (system: string): string => `system: ${system}
owner: ops
operations:
  create: { input: canonical/thing@1, effect: create }
  cancel: { input: canonical/thing@1, effect: update }
  find: { input: canonical/thing@1, effect: read }
`;

export const shopText = (webhook = "", more = ""): string => `adapter: web-shop
plays: shop
owner: ops
base-url: "\${ $env.PARTNERS_URL & '/shop' }"
auth: { none: true }
operations: {}
webhooks:
  events:
    verify:
      hmac: SHOP_SECRET
      header: X-Shop-Signature
      timestamp: X-Shop-Timestamp
      signed: "{timestamp}.{body}"
      tolerance: 5m
    limit: 20000
    dedupe: "$body.id"
    sequence: "$body.sequence"
${webhook}
    events:
      - event: shop.thing.made
        when: "$body.type = 'made'"
        data: "\${ $body.data }"
      - event: shop.thing.confirmed
        when: "$body.type = 'confirmed'"
        data: "\${ $body.data }"
      - else: ignore
${more}`;

/** The shop, whose own list of the same facts is looked through for what the webhook missed. */
export const shopTextWithGapCheck = (): string =>
  `${shopText("    feed: facts\n")}polls:
  missed:
    every: 10m
    get: /events
    query: { after: "\${ $cursor }" }
    items: "$response.body.rows"
    cursor: { value: "$item.number", start: 0 }
    feed: facts
    dedupe: "$item.id"
    time: "$item.at"
    gap-check: { webhook: events, grace: 5m }
    events:
      - { event: shop.thing.made, data: "\${ $item.data }" }
`;

const targets = ["erp", "billing", "support"];

/** The small workspace; `changes` replace files, or remove them with null. */
export function texts(
  changes: Readonly<Record<string, string | null>> = {},
): Record<string, string> {
  const files: Record<string, string | null> = {
    "sluice.yaml": `workspace: small
teams: { ops: { contact: ops@example.com } }
systems: { shop: web-shop, erp: erp-one, billing: billing-one, support: support-one }
env: { PARTNERS_URL: { description: Where all partners answer. } }
secrets: { SHOP_SECRET: Signs the webhooks of the shop. }
policies:
  retry:
    default: { max: 3, backoff: 10s, factor: 2, limit: 1h, jitter: 0, on: [transient, throttled] }
`,
    "schemas/canonical/thing@1.json": JSON.stringify({
      title: "Thing",
      owner: "ops",
      type: "object",
      required: ["id", "key"],
      properties: {
        id: { type: "string" },
        key: { type: "string" },
        amount: { type: "string" },
        version: { type: "integer" },
        tier: { type: "string" },
        region: { type: "string" },
        companyCode: { type: "string" },
      },
    }),
    "flows/system/shop.yaml": `system: shop
owner: ops
operations: {}
events:
  thing.made: { data: canonical/thing@1 }
  thing.confirmed: { data: canonical/thing@1, correlate: [id] }
`,
    "flows/system/shop.web-shop.yaml": shopText(),
    ...Object.fromEntries(
      targets.flatMap((system) => [
        [`flows/system/${system}.yaml`, systemText(system)],
        [`flows/system/${system}.${system}-one.yaml`, adapterText(system)],
      ]),
    ),
    "flows/process/post-thing.yaml": flowText(callText("erp", "create")),
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(files).flatMap(([path, text]) => (text === null ? [] : [[path, text]])),
  );
}
