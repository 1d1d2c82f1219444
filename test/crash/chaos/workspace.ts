/** Each booking goes to a ledger that knows no idempotency keys, then as a note to a CRM that does. */
export const perSecond = 2_000;

export const files = {
  "sluice.yaml": `workspace: chaos
teams: { ops: { contact: ops@example.com } }
systems: { shop: storefront, ledger: books, crm: notebook }
env: { PARTNER_URL: { description: Where the partners are } }
policies: { retry: { default: { max: 1000, backoff: 50ms, factor: 1.5, limit: 1s } } }
`,
  "schemas/canonical/booking@1.json": JSON.stringify({
    type: "object",
    required: ["ref", "account", "number", "amount"],
    properties: {
      ref: { type: "string" },
      account: { type: "string" },
      number: { type: "integer" },
      amount: { type: "string" },
    },
  }),
  "flows/system/shop.yaml": `system: shop
owner: ops
operations: {}
events:
  booking.made: { data: canonical/booking@1 }
`,
  "flows/system/shop.storefront.yaml": `adapter: storefront
plays: shop
owner: ops
base-url: "\${ $env.PARTNER_URL }"
auth: { none: true }
operations: {}
webhooks:
  bookings:
    verify: { none: true }
    dedupe: "$body.ref"
    sequence: "$body.number"
    events: [ { event: shop.booking.made, data: "\${ $body }" } ]
`,
  "flows/system/ledger.yaml": `system: ledger
owner: ops
operations:
  book: { input: canonical/booking@1, effect: create }
`,
  "flows/system/ledger.books.yaml": `adapter: books
plays: ledger
owner: ops
base-url: "\${ $env.PARTNER_URL }"
auth: { none: true }
request: { timeout: 3s }
concurrency: 32
budget: [ { limit: ${perSecond}, per: 1s } ]
circuit: { failures: 20, within: 5s, open: 300ms }
lookups:
  booking: { get: /bookings, query: { ref: "\${ $input.ref }" }, found: "$result.items[0] ?? null" }
operations:
  book:
    request: { post: /bookings, body: "\${ $input }" }
    in-doubt: { lookup: booking, settle: 200ms }
`,
  "flows/system/crm.yaml": `system: crm
owner: ops
operations:
  note: { effect: create }
`,
  "flows/system/crm.notebook.yaml": `adapter: notebook
plays: crm
owner: ops
base-url: "\${ $env.PARTNER_URL }"
auth: { none: true }
request: { timeout: 3s }
concurrency: 32
budget: [ { limit: ${perSecond}, per: 1s } ]
circuit: { failures: 20, within: 5s, open: 300ms }
idempotent: { header: Idempotency-Key, valid: 24h }
operations:
  note:
    request: { post: /notes, body: "\${ $input }" }
    in-doubt: { resend: same-key }
`,
  "flows/process/booking.yaml": `flow: booking
owner: ops
trigger: { event: shop.booking.made }
input: canonical/booking@1
order: gapless
gap: 30d
key: "$message.data.account"
idempotency: { key: "$message.data.ref" }
steps:
  - call: ledger.book
    id: booked
  - call: crm.note
    id: noted
    with: "\${ $message.data }"
`,
};
