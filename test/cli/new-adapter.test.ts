import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";

// Whole workspaces are compiled and tested: on a busy machine that takes longer than a test has elsewhere.
vi.setConfig({ testTimeout: 90_000 });

const openapi = join(import.meta.dirname, "vendors/fern-crm.openapi.yaml");
const guide = readFileSync(join(import.meta.dirname, "../../docs/new-adapter.md"), "utf8");

/** The reference workspace in a folder of its own. */
function workspace(): string {
  const root = mkdtempSync(join(tmpdir(), "sluice-new-adapter-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const part of ["sluice.yaml", "flows", "mappings", "schemas"]) {
    cpSync(part, join(root, part), { recursive: true });
  }
  return root;
}

async function call(cwd: string, ...argv: readonly string[]) {
  const terminal = recordingTerminal({ cwd, env: {} });
  const code = await main(argv, terminal);
  return { code, out: terminal.output(), err: terminal.errors() };
}

const read = (root: string, path: string) => readFileSync(join(root, path), "utf8");

/** Writes each file that the guide's worked example shows: a block whose first line is `# <path>`. */
function fillIn(root: string): number {
  const blocks = [
    ...guide.matchAll(
      /```(?:yaml|jsonata)\n(?:#|\/\*) ((?:flows|mappings)\/fern-crm\S*|flows\/system\/crm\.fern-crm\.yaml|mappings\/\S+)(?: \*\/)?\n([\s\S]*?)```/g,
    ),
  ];
  for (const [, path = "", text = ""] of blocks) writeFileSync(join(root, path), text);
  return blocks.length;
}

test("an adapter is begun from an OpenAPI document, validates, and says what is left", async () => {
  const root = workspace();
  const { code, out } = await call(
    root,
    "new",
    "adapter",
    "fern-crm",
    "--plays",
    "crm",
    "--openapi",
    openapi,
  );
  expect(code).toBe(0);
  expect(out).toContain("  flows/system/crm.fern-crm.yaml\n");
  expect(out).toMatch(
    /mappings\/fern-crm\/get-customer-in\.jsonata: .*"billTo".* have no counterpart\n/,
  );
  expect(out).toContain("reportRefusal (update): nothing in the document looks like it");
  const adapter = read(root, "flows/system/crm.fern-crm.yaml");
  expect(adapter).toContain("X-Fern-Key: ${ $secret.FERN_CRM_TOKEN }");
  expect(adapter).toContain("get: /customers/${ $input.customerId }");
  expect(adapter).toContain("put: /opportunities/${ $input.opportunityId }/order");
  expect(read(root, "mappings/fern-crm/get-customer-in.jsonata")).toContain(
    '"changedAt": updated_at',
  );
  expect(read(root, "schemas/vendor/fern-crm/get-customer-response.yaml")).not.toContain(
    "nullable",
  );
  const settings = read(root, "sluice.yaml");
  expect(settings).toContain(
    '  FERN_CRM_URL: { description: "Base URL of fern-crm.", default: "https://api.fern.example/v2" }',
  );
  expect(settings).toContain("# request-tracker plays it too");
  expect((await call(root, "validate")).code).toBe(0);
  const again = await call(root, "new", "adapter", "fern-crm", "--plays", "crm");
  expect([again.code, again.err]).toEqual([
    2,
    expect.stringContaining("is there already, and nothing was written"),
  ]);
});

test("without a document, how it logs in is left to say", async () => {
  const { out } = await call(workspace(), "new", "adapter", "plain", "--plays", "crm");
  expect(out).toMatch(/left to fill in:[^]*- auth: none: true sends no credentials; [^]*bearer/);
});

test("the guide's worked example makes it whole: its mappings pass, and it plays the CRM", async () => {
  const root = workspace();
  await call(root, "new", "adapter", "fern-crm", "--plays", "crm", "--openapi", openapi);
  expect(fillIn(root)).toBeGreaterThan(1);
  const validated = await call(root, "validate", "--system", "crm=fern-crm");
  expect(validated.out).toContain("good");
  const { code, out } = await call(root, "test");
  expect([code, out]).toEqual([0, expect.stringContaining("✓ fern-crm/get-customer-in: ")]);
  const played = await call(
    root,
    "preview",
    "fern-crm/get-customer-in",
    "--system",
    "crm=fern-crm",
  );
  expect([played.code, played.out]).toEqual([0, expect.stringContaining("conforms")]);
  const nobody = await call(root, "preview", "fern-crm/get-customer-in", "--system", "crm=nobody");
  expect([nobody.code, nobody.err]).toEqual([2, expect.stringContaining('no adapter "nobody"')]);
});

const exchange = (method: string, url: string, sent: unknown, got: unknown) => ({
  request: {
    method,
    url,
    headers: [{ name: "Authorization", value: "Bearer canary-token" }],
    ...(sent === undefined ? {} : { postData: { text: JSON.stringify(sent) } }),
  },
  response: { status: 200, content: { text: JSON.stringify(got) } },
});

test("recorded traffic tells shapes, and none of its values is written down", async () => {
  const root = workspace();
  const customer = { id: "canary-1001", name: "canary name", legal_name: null, employees: 12 };
  const har = {
    log: {
      entries: [
        exchange("GET", "https://crm.example/v1/customers/1001", undefined, customer),
        exchange("GET", "https://crm.example/v1/customers/1002", undefined, {
          ...customer,
          legal_name: "canary Inc.",
        }),
        exchange("PATCH", "https://crm.example/v1/customers/1001", { erp_id: "canary-7" }, {}),
      ],
    },
  };
  writeFileSync(join(root, "traffic.har"), JSON.stringify(har));
  const { code, out } = await call(
    root,
    "new",
    "adapter",
    "moss-crm",
    "--plays",
    "crm",
    "--recorded",
    "traffic.har",
  );
  expect(code).toBe(0);
  const schema = read(root, "schemas/vendor/moss-crm/get-customer-response.yaml");
  expect(schema).toMatch(/legal_name:\n +type:\n +- "?null"?\n +- string/);
  const written = out.match(/^ {2}\S+$/gm)?.map((line) => read(root, line.trim())) ?? [];
  expect(written.length).toBeGreaterThan(4);
  expect(written.join("\n")).not.toContain("canary");
  expect(read(root, "flows/system/crm.moss-crm.yaml")).toContain("bearer: MOSS_CRM_TOKEN");
});

test.each([
  [["--plays", "hr"], 'there is no system "hr"'],
  [[], "--plays is missing"],
  [["--plays", "erp", "--openapi", "sluice.yaml"], "sluice.yaml is no OpenAPI 3 document"],
  [["--plays", "erp", "--recorded", "sluice.yaml"], "holds no recorded exchange"],
  [["--plays", "erp", "--openapi", "none.yaml"], "cannot be read"],
  [["--plays", "erp", "--openapi", "a", "--recorded", "b"], "stand together"],
])("%s is refused, and nothing is written", async (options, why) => {
  const { code, err } = await call("cli/starter", "new", "adapter", "fern-crm", ...options);
  expect([code, err]).toEqual([2, expect.stringContaining(why)]);
});

/** A workspace as `sluice new` makes it. */
function fresh(): string {
  const root = mkdtempSync(join(tmpdir(), "sluice-new-adapter-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync("cli/starter", root, { recursive: true });
  return root;
}

async function begin(option: "--openapi" | "--recorded", document: unknown) {
  const root = fresh();
  writeFileSync(join(root, "vendor.json"), JSON.stringify(document));
  const begun = await call(root, "new", "adapter", "moss", "--plays", "erp", option, "vendor.json");
  expect([begun.code, begun.err]).toEqual([0, ""]);
  const validated = await call(root, "validate");
  expect([validated.code, validated.out]).toEqual([0, expect.stringContaining("good")]);
  return { out: begun.out, adapter: read(root, "flows/system/erp.moss.yaml"), root };
}

/** An OpenAPI document with one operation, which creates an order. */
const orders = (schemes: object, content: object, parameters: readonly object[] = []) => ({
  openapi: "3.1.0",
  servers: [{ url: "https://api.moss.example" }],
  components: { securitySchemes: schemes },
  paths: {
    "/orders": {
      parameters,
      post: { operationId: "createOrder", requestBody: { content }, responses: { "201": {} } },
    },
  },
});
const form = {
  type: "object",
  properties: { number: { type: "string" }, currency: { type: "string" } },
};

test.each<[string, object, readonly string[], readonly string[]]>([
  [
    "a client certificate",
    { tls: { type: "mutualTLS" } },
    ["certificate: MOSS_CERTIFICATE", "key: MOSS_KEY"],
    ["MOSS_CERTIFICATE", "MOSS_KEY"],
  ],
  [
    "signatures",
    { own: { type: "http", scheme: "OAuth" } },
    ["oauth1:", "token-secret: MOSS_TOKEN_SECRET"],
    ["MOSS_CONSUMER", "MOSS_TOKEN_SECRET"],
  ],
  [
    "a person's consent",
    {
      own: {
        type: "oauth2",
        flows: {
          authorizationCode: {
            authorizationUrl: "https://a.example/a",
            tokenUrl: "https://a.example/t",
            scopes: {},
          },
        },
      },
    },
    ["grant: refresh-token", "refresh-token: MOSS_REFRESH_TOKEN"],
    ["MOSS_CLIENT_SECRET", "MOSS_REFRESH_TOKEN"],
  ],
])("a document that wants %s names it, and its secrets", async (_, schemes, lines, secrets) => {
  const json = { "application/json": { schema: form } };
  const { adapter, root } = await begin("--openapi", orders(schemes, json));
  for (const line of lines) expect(adapter).toContain(line);
  const settings = read(root, "sluice.yaml");
  for (const name of secrets) expect(settings).toContain(`  ${name}: "`);
});

test("bodies of forms and files, and a key that is known again, are read from a document", async () => {
  const bearer = { own: { type: "http", scheme: "Bearer" } };
  const key = { name: "Idempotency-Key", in: "header", schema: { type: "string" } };
  const asForm = { "application/x-www-form-urlencoded": { schema: form } };
  const { adapter, out } = await begin("--openapi", orders(bearer, asForm, [key]));
  expect(adapter).toContain("encode: form");
  expect(adapter).toContain("bearer: MOSS_TOKEN");
  expect(adapter).toContain("header: Idempotency-Key");
  expect(adapter).toContain("resend: same-key");
  expect(out).toContain(
    "idempotent: how long the vendor remembers Idempotency-Key, and its form; 24h is written",
  );
  const files = { type: "array", items: { type: "string", format: "binary" } };
  const asParts = {
    "multipart/form-data": { schema: { ...form, properties: { ...form.properties, files } } },
  };
  const parts = await begin("--openapi", orders(bearer, asParts));
  expect(parts.adapter).toContain("encode: multipart");
  expect(parts.adapter).toContain("park: true");
  expect(read(parts.root, "schemas/vendor/moss/create-order-request.yaml")).toContain("base64:");
});

test("a key in a header, a form and a key that is known again are read from traffic", async () => {
  const exchanges = [
    {
      request: {
        method: "POST",
        url: "https://api.moss.example/orders",
        headers: [
          { name: "X-Moss-Access-Token", value: "canary-token" },
          { name: "idempotency-key", value: "canary-key" },
        ],
        postData: {
          mimeType: "application/x-www-form-urlencoded",
          text: "number=canary-1&currency=EUR",
        },
      },
      response: { status: 201, content: { text: JSON.stringify({ id: "canary-2" }) } },
    },
  ];
  const { adapter, out, root } = await begin("--recorded", exchanges);
  expect(adapter).toContain("X-Moss-Access-Token: ${ $secret.MOSS_TOKEN }");
  expect(adapter).toContain("header: idempotency-key");
  expect(adapter).toContain("encode: form");
  const written = out.match(/^ {2}\S+$/gm)?.map((line) => read(root, line.trim())) ?? [];
  expect(written.length).toBeGreaterThan(4);
  expect(written.join("\n")).not.toContain("canary");
});

test("what real documents hold besides: envelopes, alternatives, formats and patterns of their own", async () => {
  const root = workspace();
  const document = join(import.meta.dirname, "vendors/elm-crm.openapi.yaml");
  const { code, out } = await call(
    root,
    "new",
    "adapter",
    "elm-crm",
    "--plays",
    "crm",
    "--openapi",
    document,
  );
  // At once valid, whatever stood in the document.
  expect([code, out]).toEqual([0, expect.stringContaining("left to fill in")]);
  expect((await call(root, "validate")).code).toBe(0);
  const mapping = read(root, "mappings/elm-crm/get-customer-in.jsonata");
  expect(mapping).toContain('"customerId": data.id,');
  expect(mapping).toContain('"legalName": data.attributes.legal_name,');
  expect(mapping).toContain('"changedAt": data.attributes.updated_at');
  expect(read(root, "mappings/elm-crm/create-contact-out.jsonata")).toBe(`{
  "data": {
    "type": "contact",
    "attributes": {
      "name": name,
      "email": email,
      "owner": $error("data.attributes.owner is to be filled in") /* to fill in */
    }
  }
}
`);
  const adapter = read(root, "flows/system/crm.elm-crm.yaml");
  // The scheme that it asks for, not the first that it describes.
  expect(adapter).toContain("Authorization: ${ $secret.ELM_CRM_TOKEN }");
  // Every request wants the version; one wants a media type of its own.
  expect(adapter).toMatch(/^request:\n {2}headers:\n {4}revision: 2026-10-15$/m);
  expect(adapter).toContain("Content-Type: application/vnd.api+json");
  expect(adapter).toContain("body: /idempotency_key");
  expect(out).toContain('getCustomer: the vendor wants query "account"');
  expect(read(root, "sluice.yaml")).toContain('default: "https://eu.elm.example/api"');
  const schema = read(root, "schemas/vendor/elm-crm/get-customer-response.yaml");
  expect(schema).not.toMatch(/int64|\(\?i\)|nowhere/);
  expect(schema).toMatch(/legal_name:\n\s+type:\n\s+- string\n\s+- "?null/);
});

test("a Swagger 2.0 document is read, too, and requests that are signed", async () => {
  const root = workspace();
  writeFileSync(
    join(root, "oak.json"),
    JSON.stringify({
      swagger: "2.0",
      host: "events.eu-west-1.oak.example",
      basePath: "/v1",
      schemes: ["https"],
      securityDefinitions: {
        hmac: {
          type: "apiKey",
          name: "Authorization",
          in: "header",
          "x-amazon-apigateway-authtype": "awsSigv4",
        },
      },
      definitions: {
        Customer: {
          properties: { id: { type: "string" }, name: { type: "string", "x-nullable": true } },
        },
      },
      paths: {
        "/customers/{id}": {
          parameters: [{ name: "id", in: "path", required: true, type: "string" }],
          get: { responses: { 200: { schema: { $ref: "#/definitions/Customer" } } } },
          patch: {
            parameters: [
              { name: "body", in: "body", schema: { properties: { erp_id: { type: "string" } } } },
            ],
            responses: { 204: {} },
          },
        },
        "/opportunities/{id}/order": {
          post: {
            operationId: "reportOrder",
            consumes: ["multipart/form-data"],
            parameters: [{ name: "order_number", in: "formData", type: "string", required: true }],
            responses: { 204: {} },
          },
        },
      },
    }),
  );
  const { code, out } = await call(
    root,
    "new",
    "adapter",
    "oak-crm",
    "--plays",
    "crm",
    "--openapi",
    "oak.json",
  );
  expect([code, out]).toEqual([0, expect.stringContaining("auth: the service's name")]);
  const adapter = read(root, "flows/system/crm.oak-crm.yaml");
  expect(adapter).toMatch(/sigv4:\n {4}access-key: OAK_CRM_ACCESS_KEY\n/);
  expect(adapter).toContain("service: events");
  expect(adapter).toContain("patch: /customers/${ $input.customerId }");
  expect(adapter).toContain("encode: multipart");
  expect(read(root, "mappings/oak-crm/link-customer-out.jsonata")).toContain('"erp_id": erpId');
  expect(read(root, "schemas/vendor/oak-crm/get-customer-response.yaml")).toMatch(/- "?null/);
  expect(read(root, "sluice.yaml")).toContain('default: "https://events.eu-west-1.oak.example/v1"');
  expect((await call(root, "validate")).code).toBe(0);
});
