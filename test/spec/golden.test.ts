import { globSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codes } from "../../engine/errors/codes.ts";
import { formatFindings } from "../../engine/errors/format.ts";
import { compileWorkspace } from "../../engine/spec/index.ts";
import { beforeCase, digest, soundWorkspace, withCase } from "./workspace.ts";

const folder = join(import.meta.dirname, "golden");
const cases = globSync("**/*.yaml", { cwd: folder }).toSorted();

/** `UPDATE_GOLDEN=1 npx vitest run --project spec` writes what is found; read the diff before you commit it. */
const update = process.env["UPDATE_GOLDEN"] === "1";

function findingsOf(text: string): string {
  const files = withCase(text);
  const present = new Set(["ERP_TOKEN", "CRM_SECRET", "ERP_URL", "SHOP_WEBHOOK_SECRET"]);
  const options = { digest, presentSecrets: present, presentEnv: present, today: "2026-11-20" };
  const against = beforeCase(text);
  const { diagnostics } = compileWorkspace(files, {
    ...options,
    ...(against === undefined ? {} : { against }),
  });
  return `${formatFindings(diagnostics, "human", { files })}\n`;
}

test("the workspace that cases build on has no findings", () => {
  const { diagnostics, generation } = compileWorkspace(soundWorkspace, { digest });
  expect(diagnostics.filter(({ severity }) => severity !== "information")).toEqual([]);
  expect(generation?.hash).toMatch(/^[0-9a-f]{64}$/);
});

describe("golden", () => {
  test.each(cases)("%s", (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const out = join(folder, name.replace(/\.yaml$/, ".out"));
    const found = findingsOf(text);
    if (update) writeFileSync(out, found);
    const wanted = existsSync(out) ? readFileSync(out, "utf8") : "(no .out file)";
    expect(found).toBe(wanted);
    const code = name.replace(/(\.[\w-]+)?\.yaml$/, "");
    expect(found).toContain(`[${code}]`);
  });
});

describe("every code", () => {
  test.each(Object.keys(codes))("%s has a golden case", (code) => {
    expect(cases.some((name) => name === `${code}.yaml`)).toBe(true);
  });
});
