import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";

/** The starter workspace in a repository's subfolder, committed as it is. */
function repository() {
  const root = mkdtempSync(join(tmpdir(), "sluice-against-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const workspace = join(root, "integration");
  cpSync("cli/starter", workspace, { recursive: true });
  const git = (...args: readonly string[]) =>
    execFileSync("git", [
      "-C",
      root,
      "-c",
      "user.name=t",
      "-c",
      "user.email=t@example.com",
      ...args,
    ]);
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "as it was");
  return workspace;
}

async function validate(cwd: string, ...args: readonly string[]) {
  const terminal = recordingTerminal({ cwd, env: {} });
  const code = await main(["validate", ...args], terminal);
  return { code, out: terminal.output(), err: terminal.errors() };
}

const schema = "schemas/canonical/order@1.yaml";

function edit(workspace: string, from: string | RegExp, to: string): void {
  const file = join(workspace, schema);
  const text = readFileSync(file, "utf8");
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`nothing to replace in ${schema}`);
  writeFileSync(file, edited);
}

test("without a change there is nothing to say", async () => {
  const workspace = repository();
  expect(await validate(workspace, "--against", "main")).toMatchObject({ code: 0 });
});

test("a breaking change is an error that names each mapping by file and line, also against a folder", async () => {
  const workspace = repository();
  const before = mkdtempSync(join(tmpdir(), "sluice-before-"));
  onTestFinished(() => rmSync(before, { recursive: true, force: true }));
  cpSync(workspace, before, { recursive: true });
  edit(workspace, /^required: \[/m, "required: [promisedOn, ");
  edit(workspace, /^properties:\n/m, "properties:\n  promisedOn: { type: string, format: date }\n");
  for (const against of ["main", before]) {
    const { code, out } = await validate(workspace, "--against", against);
    expect(code).toBe(1);
    expect(out).toMatch(
      /order@1\.yaml:\d+:\d+: promisedOn of canonical\/order@1 is new and required \[schema\/breaking-change\]/,
    );
    expect(out).toMatch(/see: (mappings|flows)\/\S+:\d+:\d+: /);
  }
  expect((await validate(workspace)).out).not.toContain("breaking-change");
});

test("a compatible change is shown, and no error", async () => {
  const workspace = repository();
  edit(workspace, /^properties:\n/m, "properties:\n  promisedOn: { type: string, format: date }\n");
  const { code, out } = await validate(workspace, "--against", "HEAD");
  expect(code).toBe(0);
  expect(out).toContain("promisedOn of canonical/order@1 is new [schema/compatible-change]");
});

test.each(["nowhere", "--output=x", "HEAD~99"])(
  "%s is neither a ref nor a folder",
  async (against) => {
    const { code, err } = await validate(repository(), `--against=${against}`);
    expect(code).toBe(2);
    expect(err).toContain("[cli/bad-against]");
    expect(err).toContain("neither a folder nor a git ref");
  },
);
