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
  expect(out).toContain('mappings/fern-crm/get-customer-in.jsonata: "billTo" has no counterpart');
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
