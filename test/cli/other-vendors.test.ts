import { describe, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";

async function call(...argv: string[]) {
  const terminal = recordingTerminal();
  const code = await main(argv, terminal);
  return { code, out: terminal.output(), err: terminal.errors() };
}

const swap = ["--system", "crm=hubspot", "--system", "erp=business-central"];

describe("other vendors by two words of the command line", { timeout: 60_000 }, () => {
  test("have no finding, and every flow test of what they play passes as it stands", async () => {
    expect(await call("validate", ...swap)).toMatchObject({ code: 0, err: "" });
    const verdict = async (...more: string[]) =>
      JSON.parse((await call("test", "order", "--json", ...more)).out) as { passed: number };
    const before = await verdict();
    expect(before.passed).toBeGreaterThan(10);
    expect(await verdict(...swap)).toEqual({ ...before, failed: 0 });
  });

  test("that are none are refused by every verb that takes them", async () => {
    for (const verb of ["validate", "test", "plan customer-sync"]) {
      const { code, err } = await call(...verb.split(" "), "--system", "erp=hubspot");
      expect(code).toBe(2);
      expect(err).toContain('no adapter "hubspot" plays erp');
      expect(err).toContain("acme-erp or business-central or tryton");
    }
  });
});
