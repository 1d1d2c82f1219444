import { expect, onTestFinished, test } from "vitest";
import { serve } from "../../../engine/index.ts";
import { json, partner, type Seen } from "../channels/partner.ts";
import { memoryLog } from "../channels/plans.ts";
import type { ServerResponse } from "node:http";

const object = (id: string, more = "") => `$id: ${id}\nx-owner: team\ntype: object\n${more}`;

/** A workspace of one system that an API flow asks, with this adapter. */
async function world(rest: string, answer: (seen: Seen, response: ServerResponse) => void) {
  const vendor = await partner(answer);
  const files = {
    "sluice.yaml":
      "workspace: answers\nteams: { team: { contact: team@example.com } }\nsystems: { crm: vendor }\nserver: { host: 127.0.0.1, port: 0 }\n",
    "flows/system/crm.yaml":
      "system: crm\nowner: team\noperations: { list: { input: canonical/query@1, output: canonical/rows@1, effect: read } }\n",
    "flows/system/crm.vendor.yaml": `adapter: vendor\nplays: crm\nowner: team\nbase-url: "${vendor.url}"\nauth: { none: true }\n${rest}`,
    "flows/experience/rows.yaml": `flow: rows
owner: team
trigger: { api: { post: /rows } }
input: canonical/query@1
output: canonical/rows@1
key: none
steps:
  - call: crm.list
    id: list
respond:
  "200": { when: "$error = null", body: "\${ $steps.list }" }
  "502": { body: { code: "\${ $error.code }" } }
`,
    "schemas/canonical/query@1.yaml": object("canonical/query@1"),
    "schemas/canonical/rows@1.yaml": object("canonical/rows@1"),
  };
  const serving = await serve({
    read: async () => files,
    storePath: ":memory:",
    secrets: {
      secret: () => undefined,
      env: () => undefined,
    },
    log: memoryLog(),
    port: 0,
  });
  onTestFinished(async () => serving.stop({ drainMs: 0 }));
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${serving.url}${path}`, init);
    return { status: response.status, text: await response.text() };
  };
  const call = async (id: string) =>
    ask("/api/v1/rows", {
      method: "POST",
      body: JSON.stringify({ id }),
      headers: { "content-type": "application/json", "idempotency-key": id },
    });
  return { ask, call, serving, vendor };
}

test("pages are followed by the Link header, on the partner's own host only", async () => {
  const pages = {
    a: '</list?page=b>; rel="next"',
    b: '</list?page=c>; rel="next", </list?page=a>; rel="prev"',
    c: "",
  };
  const { call, vendor } = await world(
    `operations:
  list:
    request: { get: /list, query: { page: a } }
    page: { items: "$response.body", next-url: "$response.links.next", while: "$exists($response.links.next)", max: 100 }
    result: { rows: "\${ $result }" }
`,
    ({ url }, response) => {
      const page = (new URLSearchParams(url.split("?")[1]).get("page") ??
        "a") as keyof typeof pages;
      json(response, 200, [page], pages[page] === "" ? {} : { link: pages[page] });
    },
  );
  const answer = await call("1");
  expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { rows: ["a", "b", "c"] }]);
  expect(vendor.seen.map(({ url }) => url)).toEqual([
    "/list?page=a",
    "/list?page=b",
    "/list?page=c",
  ]);
});

test("a request is written as XML and its answer is read as data", async () => {
  const { call, vendor } = await world(
    `operations:
  list:
    request:
      post: /soap
      encode: xml
      headers: { SOAPAction: list }
      body: { "s:Envelope": { "@xmlns:s": "urn:s", "s:Body": { find: { name: "A & B", code: ["1", "2"], none: null } } } }
    in-doubt: { resend: safe }
    result: { rows: "\${ $response.body.Envelope.Body.found.row }" }
`,
    (_seen, response) => {
      response.writeHead(200, { "content-type": "application/soap+xml; charset=utf-8" });
      response.end(
        '<s:Envelope xmlns:s="urn:s"><s:Body><found><row id="007">x &#233;</row><row id="8">y</row></found></s:Body></s:Envelope>',
      );
    },
  );
  expect(JSON.parse((await call("1")).text)).toEqual({
    rows: [
      { "#text": "x é", "@id": "007" },
      { "#text": "y", "@id": "8" },
    ],
  });
  expect(vendor.seen[0]?.headers["content-type"]).toBe("text/xml; charset=utf-8");
  expect(vendor.seen[0]?.body).toContain(
    '<s:Envelope xmlns:s="urn:s"><s:Body><find><name>A &amp; B</name><code>1</code><code>2</code></find></s:Body></s:Envelope>',
  );
});

test("an error that no rule names is counted by adapter and status, and shown", async () => {
  let status = 418;
  const { ask, call, serving } = await world(
    `errors: [{ when: "$response.status = 409", class: business, code: taken }]
operations:
  list: { request: { get: /list }, result: { rows: [] } }
`,
    (_seen, response) => json(response, status, { error: "teapot" }),
  );
  await call("1");
  await call("2");
  status = 409;
  await call("3");
  expect(serving.engine.status().unmapped).toEqual([{ adapter: "vendor", status: 418, count: 2 }]);
  const metrics = await ask("/metrics");
  expect(metrics.text).toContain('sluice_unmapped_errors_total{adapter="vendor",status="418"} 2');
});
