import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";

interface Service {
  readonly name: string;
  readonly input: string;
  readonly returns: string;
  readonly users: readonly string[];
  readonly tests: number;
}

test(
  "a new business has its services at once, each with what it takes, what it returns, and tests",
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-business-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const call = async (...argv: string[]) => {
      const terminal = recordingTerminal({ cwd: folder });
      const code = await main(argv, terminal);
      return { code, out: terminal.output(), err: terminal.errors() };
    };
    const made = await call("new", "shop", "--business");
    expect(made).toMatchObject({ code: 0, err: "" });
    const here = ["-w", join(folder, "shop")];
    const { out } = await call("services", "--json", ...here);
    const services = JSON.parse(out) as readonly Service[];
    for (const name of [
      "customer-sync",
      "order-submission",
      "invoice-publication",
      "payment-to-receivables",
      "service-standing",
    ]) {
      const service = services.find((one) => one.name === name);
      expect(service, name).toMatchObject({
        input: expect.stringMatching(/^canonical\/[a-z-]+@1$/) as string,
        returns: expect.stringMatching(/^canonical\/[a-z-]+@1$/) as string,
      });
      expect(service?.tests, name).toBeGreaterThan(0);
    }
    const sync = services.find(({ name }) => name === "customer-sync");
    expect(sync?.users).toEqual(expect.arrayContaining(["order-checks", "contract-change"]));
    expect(await call("test", "order-submission", ...here)).toMatchObject({ code: 0 });
  },
);

test("a small workspace has none, and is told what one is", async () => {
  const terminal = recordingTerminal({ cwd: "cli/starter" });
  expect(await main(["services"], terminal)).toBe(0);
  expect(terminal.output()).toBe("no services: a flow with `input` and `returns` is one\n");
});
