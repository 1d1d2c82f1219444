import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { readAddress } from "../../cli/workspace/engine-address.ts";
import { recordingTerminal } from "./recording-terminal.ts";
import { Shop } from "./shop.ts";

const guide = readFileSync("docs/guide.md", "utf8");
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-guide-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The shell lines of a section of the guide. */
function shellOf(section: string): readonly string[] {
  const [, text = ""] = new RegExp(`^## ${section}([^]*?)(?=^## )`, "m").exec(guide) ?? [];
  return [...text.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
}

test("what the guide types before anything runs ends well, line by line", async () => {
  let cwd = folder;
  const lines = [...shellOf("1. A workspace"), ...shellOf("2. Before it runs")];
  for (const line of lines) {
    const [word = "", ...argv] = line.split(/\s+/);
    if (word === "cd") {
      cwd = join(cwd, argv[0] ?? "");
      continue;
    }
    expect(word, line).toBe("sluice");
    const terminal = recordingTerminal({ cwd });
    const code = await main(argv, terminal);
    expect([line, code, terminal.errors().includes("sluice:")]).toEqual([line, 0, false]);
  }
  expect(lines.length).toBeGreaterThan(6);
});

test("what the guide sends is taken, and its lists and traces show it", async () => {
  const lines = shellOf("3. Run it");
  const body =
    /^body='(.*)'$/.exec(lines.find((line) => line.startsWith("body=")) ?? "")?.[1] ?? "";
  const curl = lines.find((line) => line.startsWith("curl")) ?? "";
  const [, path = ""] = /http:\/\/127\.0\.0\.1:8080(\S+)/.exec(curl) ?? [];
  const [, header = ""] = /-H "([\w-]+): \$signature"/.exec(curl) ?? [];
  const shop = await Shop.open();
  try {
    await shop.run();
    const secret = shop.env["SHOP_WEBHOOK_SECRET"] ?? "";
    const response = await fetch(`${readAddress(shop.storePath)?.url ?? ""}${path}`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        [header]: createHmac("sha256", secret).update(body).digest("hex"),
      },
    });
    expect(response.status).toBe(202);
    await shop.runIn("done", "S-1001");
    for (const line of lines.filter((one) => /^sluice (?:runs|trace)/.test(one))) {
      const { code, out } = await shop.call(...line.split(" ").slice(1));
      expect([line, code, out.includes("order-to-erp")]).toEqual([line, 0, true]);
    }
  } finally {
    await shop.close();
  }
});
