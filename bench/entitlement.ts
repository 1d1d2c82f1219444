import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import { type RemoteEstate, spawnEstate } from "../engine/testing/estate/spawn.ts";
import { machine } from "./machine.ts";
import { Part } from "./workload/part.ts";

const token = "token-of-support";

interface EntitlementOptions {
  /** Questions of each row. */
  readonly questions?: number;
  readonly perSecond?: number;
  /** What the ERP takes to answer, in milliseconds, a row each. */
  readonly erpMs?: readonly number[];
}

interface EntitlementRow {
  readonly name: string;
  readonly asked: number;
  /** Answers that are no 200 whose verdict is the one expected. */
  readonly wrong: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

interface Suite {
  readonly suite: string;
  readonly machine: string;
  readonly rows: readonly EntitlementRow[];
}

/** Measures and prints; as JSON for programs. */
export async function run(
  options: EntitlementOptions & { readonly json: boolean },
): Promise<Suite> {
  const suite = {
    suite: "entitlement",
    machine: machine(),
    rows: await measureEntitlement(options),
  };
  const table = new Table({
    head: ["", "asked", "wrong", "p50 ms", "p95 ms", "p99 ms"],
    style: { head: [], border: [] },
  });
  for (const { name, asked, wrong, p50Ms, p95Ms, p99Ms } of suite.rows) {
    table.push([name, asked, wrong, ...[p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(1))]);
  }
  console.log(options.json ? JSON.stringify(suite) : `${suite.machine}\n${table.toString()}`);
  return suite;
}

/**
 * Whether service is due, asked over HTTP of the whole product while the ERP takes its time, at a
 * steady rate whatever the answers take. Each question is about another serial number, so that the
 * ERP is asked; the last row has the ERP away, and the answers from memory.
 */
export async function measureEntitlement(
  options: EntitlementOptions = {},
): Promise<readonly EntitlementRow[]> {
  const { questions = 200, perSecond = 10, erpMs = [0, 50, 150] } = options;
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const estate = await spawnEstate({ seed: 5 });
  const env = { ...estate.environment, SLUICE_API_TOKEN_SUPPORT: token };
  const engine = new Part("reference-engine.ts", [join(folder, "store.db")], env);
  try {
    const url = await engine.next<string>("url");
    const account = await soldTo(estate, url);
    const ask = async (serial: string) => answerOf(url, account, serial);
    const rows: EntitlementRow[] = [];
    for (const ms of erpMs) {
      await estate.clearFaults();
      if (ms > 0) {
        await estate.fault("erp", { kind: "latency", ms, times: "always", match: { path: "/" } });
      }
      const name = `the ERP takes ${ms} ms`;
      const sent = { name, questions, perSecond };
      rows.push(await row(sent, async (number) => ask(`SN-${ms}-${number}`), "asset-unknown"));
    }
    await estate.clearFaults();
    await estate.fault("erp", {
      kind: "error",
      status: 503,
      times: "always",
      match: { path: "/" },
    });
    const away = { name: "the ERP is away", questions, perSecond };
    rows.push(await row(away, async () => ask("SN-warm"), "asset-unknown"));
    return rows;
  } finally {
    await engine.end();
    await estate.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A customer to whom service is due, and what was asked of them once. */
async function soldTo(estate: RemoteEstate, url: string): Promise<string> {
  await estate.webhooksTo({
    crm: `${url}/webhooks/salesforce/changes`,
    billing: `${url}/webhooks/stripe/events`,
  });
  const { accountId } = await estate.closeDeal({ lines: [{ sku: "PL-ANNUAL", quantity: 1 }] });
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const { body } = await answerOf(url, accountId);
    if (body["eligible"] === true) {
      // What is warm when the ERP goes away.
      await answerOf(url, accountId, "SN-warm");
      return accountId;
    }
    await sleep(200);
  }
  throw new Error("no service was due to the customer within a minute");
}

async function answerOf(url: string, account: string, serial?: string) {
  const asset = serial === undefined ? "" : `?asset=${serial}`;
  const response = await fetch(`${url}/api/v1/entitlements/${account}${asset}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const body = (await response.json()) as Readonly<Record<string, unknown>>;
  return { status: response.status, body };
}

async function row(
  sent: Readonly<{ name: string; questions: number; perSecond: number }>,
  ask: (number: number) => ReturnType<typeof answerOf>,
  reason: string,
): Promise<EntitlementRow> {
  const { name, perSecond, questions } = sent;
  const begun = performance.now();
  const asked = Array.from({ length: questions }, async (_, number) => {
    const due = begun + (number * 1_000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    const { body, status } = await ask(number);
    // From when it was due: a question that had to wait for its turn waited, too.
    return { ms: performance.now() - due, isRight: status === 200 && body["reason"] === reason };
  });
  const answers = await Promise.all(asked);
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return {
    name,
    asked: questions,
    wrong: answers.filter(({ isRight }) => !isRight).length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
  };
}
