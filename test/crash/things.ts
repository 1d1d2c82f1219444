/** A small workspace: each thing is posted, then confirmed, in the order of its key. */
export const files = {
  "sluice.yaml": `workspace: crash
teams: { ops: { contact: ops@example.com } }
systems: { shop: shopware, erp: legacy }
env: { PARTNER_URL: { description: Where the partner is } }
policies: { retry: { default: { max: 50, backoff: 50ms, factor: 1.5, limit: 1s } } }
`,
  "schemas/canonical/thing@1.json": JSON.stringify({
    type: "object",
    required: ["id", "key"],
    properties: { id: { type: "string" }, key: { type: "string" } },
  }),
  "flows/system/shop.yaml": `system: shop
owner: ops
operations:
  confirm: { effect: upsert }
events:
  thing.made: { data: canonical/thing@1 }
`,
  "flows/system/shop.shopware.yaml": `adapter: shopware
plays: shop
owner: ops
base-url: "\${ $env.PARTNER_URL }"
auth: { none: true }
idempotent: { header: Idempotency-Key, valid: 24h }
operations:
  confirm:
    request: { post: /confirmations, body: "\${ $input }" }
webhooks:
  things:
    verify: { none: true }
    dedupe: "$body.id"
    events: [ { event: shop.thing.made, data: "\${ $body }" } ]
`,
  "flows/system/erp.yaml": `system: erp
owner: ops
operations:
  post: { effect: create }
`,
  "flows/system/erp.legacy.yaml": `adapter: legacy
plays: erp
owner: ops
base-url: "\${ $env.PARTNER_URL }"
auth: { none: true }
idempotent: { header: Idempotency-Key, valid: 24h }
operations:
  post:
    request: { post: /things, body: "\${ $input }" }
`,
  "flows/process/thing.yaml": `flow: thing
owner: ops
trigger: { event: shop.thing.made }
key: "$message.data.key"
idempotency: { key: "$message.data.id" }
steps:
  - call: erp.post
    id: post
    with: "\${ $message.data }"
  - call: shop.confirm
    id: confirm
    with: "\${ $message.data }"
`,
};
