import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../../engine/channels/http-out/index.ts";
import type { AdapterPlan, AuthPlan } from "../../../../engine/model/plan/adapter.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json } from "../partner.ts";
import {
  adapter,
  at,
  containing,
  delivery,
  generation,
  memoryLog,
  secretsOf,
  template,
} from "../plans.ts";
import { issue } from "./x509.ts";

const bank = issue({ name: "bank authority" });
const server = issue({ name: "bank", by: bank });
const us = issue({ name: "sluice", by: bank });
const locked = us.privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "canary-phrase" })
  .toString();
const secrets: Readonly<Record<string, string>> = {
  CERTIFICATE: us.certificate,
  KEY: us.key,
  LOCKED: locked,
  PASSPHRASE: "canary-phrase",
  WRONG_PASSPHRASE: "canary-other",
  AUTHORITY: bank.certificate,
  NEXT: issue({ name: "sluice-2", by: bank }).certificate,
  NONSENSE: "canary-nonsense",
};

/** A bank that speaks only with whom its authority knows; says who called, on which path. */
async function openBank(maxVersion: "TLSv1.2" | "TLSv1.3" = "TLSv1.3") {
  const callers: string[] = [];
  const https = createServer(
    {
      cert: server.certificate,
      key: server.key,
      ca: bank.certificate,
      requestCert: true,
      maxVersion,
    },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      callers.push(
        `${String(subject.CN)} ${request.url ?? ""} ${request.headers.authorization ?? "-"}`,
      );
      request.resume().on("end", () => {
        json(response, 200, { access_token: "token-1", expires_in: 3600 });
      });
    },
  );
  await new Promise<void>((resolve) => {
    https.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(async () => {
    https.closeAllConnections();
    await new Promise((resolve) => {
      https.close(resolve);
    });
  });
  return { url: `https://127.0.0.1:${(https.address() as AddressInfo).port}`, callers };
}

type Tls = Omit<NonNullable<AdapterPlan["tls"]>, "at">;
const none: AuthPlan = { kind: "none", value: true, at };
const known: Tls = { certificate: "CERTIFICATE", key: "KEY", authority: "AUTHORITY" };

function open(values: Readonly<Record<string, string>> = secrets) {
  const log = memoryLog();
  const clock = new VirtualClock(Date.UTC(2026, 10, 20));
  const transport = createTransport({ secrets: secretsOf(values), clock, log });
  onTestFinished(async () => transport.close());
  const send = async (
    url: string,
    tls: Tls | undefined,
    auth: AuthPlan = none,
    name = "tryton",
  ) => {
    const plan = adapter(name, url, {
      auth,
      ...(tls === undefined ? {} : { tls: { at, ...tls } }),
    });
    return transport.send(
      delivery(`${url}/orders`, { adapter: name }),
      generation({ adapters: [plan] }),
    );
  };
  return { send, log };
}

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "the partner sees our certificate, also where the key is encrypted (%s)",
  async (version) => {
    const { callers, url } = await openBank(version);
    const { send, log } = open({
      ...secrets,
      // As an environment variable carries it.
      CERTIFICATE: us.certificate.replaceAll("\n", String.raw`\n`),
    });
    expect(await send(url, known)).toMatchObject({ kind: "response", response: { status: 200 } });
    const encrypted = { ...known, key: "LOCKED", passphrase: "PASSPHRASE" };
    expect(await send(url, encrypted)).toMatchObject({ kind: "response" });
    expect(callers).toEqual(["sluice /orders -", "sluice /orders -"]);
    expect(log.lines.join("\n")).not.toMatch(/canary|BEGIN/);
  },
);

test("the log-in shows it, too, and the certificate alone proves the client (RFC 8705)", async () => {
  const { callers, url } = await openBank();
  const { send } = open({ ...secrets, CLIENT: "client-1" });
  const value = {
    at,
    tokenUrl: template(`${url}/token`),
    grant: "client-credentials",
    client: "CLIENT",
  } as const;
  expect(await send(url, known, { kind: "oauth2", at, value })).toMatchObject({ kind: "response" });
  expect(callers).toEqual(["sluice /token -", "sluice /orders Bearer token-1"]);
});

test.each([
  ["TLSv1.2", "not-sent", "the partner refused the TLS handshake"],
  // Here our side of the handshake is over before the partner says no: the first bytes have left.
  ["TLSv1.3", "unknown", "the connection was closed"],
] as const)("without one nothing gets through (%s)", async (version, kind, reason) => {
  const { callers, url } = await openBank(version);
  const { send } = open();
  const outcome = await send(url, { authority: "AUTHORITY" });
  expect(outcome).toMatchObject({ kind, reason: containing(reason) });
  expect(callers).toEqual([]);
});

test("connections that show a certificate are that adapter's alone", async () => {
  const { callers, url } = await openBank();
  const { send } = open();
  expect(await send(url, known)).toMatchObject({ kind: "response" });
  const another = await send(url, { authority: "AUTHORITY" }, none, "other");
  expect(another.kind).not.toBe("response");
  expect(callers).toHaveLength(1);
});

test("a certificate that was replaced is shown from the next request on", async () => {
  const { callers, url } = await openBank();
  const next = issue({ name: "sluice-2", by: bank });
  const values: Record<string, string> = { ...secrets };
  const { send } = open(values);
  await send(url, known);
  values["CERTIFICATE"] = next.certificate;
  values["KEY"] = next.key;
  await send(url, known);
  expect(callers).toEqual(["sluice /orders -", "sluice-2 /orders -"]);
});

test("a partner whose certificate is of an authority that nobody named is not spoken to", async () => {
  const { callers, url } = await openBank();
  const { send } = open();
  expect(await send(url, { certificate: "CERTIFICATE", key: "KEY" })).toMatchObject({
    kind: "not-sent",
    reason: containing("the partner's certificate is of an unknown authority"),
  });
  expect(callers).toEqual([]);
});

test.each<[string, Tls, string]>([
  ["is not set", { ...known, key: "ABSENT" }, 'secret "ABSENT" is not set'],
  [
    "is no certificate",
    { ...known, certificate: "NONSENSE" },
    'secret "NONSENSE" is no certificate in PEM',
  ],
  [
    "is no authority",
    { ...known, authority: "NONSENSE" },
    'secret "NONSENSE" is no certificate in PEM',
  ],
  ["is no key", { ...known, key: "NONSENSE" }, 'secret "NONSENSE" is no private key in PEM'],
  [
    "is another's certificate",
    { ...known, certificate: "NEXT" },
    'the key in secret "KEY" does not belong to the certificate in "NEXT"',
  ],
  [
    "is locked",
    { ...known, key: "LOCKED" },
    'the key in secret "LOCKED" is encrypted: name its passphrase',
  ],
  [
    "is locked otherwise",
    { ...known, key: "LOCKED", passphrase: "WRONG_PASSPHRASE" },
    'the passphrase in secret "WRONG_PASSPHRASE" does not open the key in "LOCKED"',
  ],
])("what %s is told by name before any handshake", async (_, tls, reason) => {
  const { callers, url } = await openBank();
  const { send, log } = open();
  expect(await send(url, tls)).toMatchObject({ kind: "unauthorized", reason: containing(reason) });
  expect(callers).toEqual([]);
  expect(log.lines.join("\n")).not.toMatch(/canary|BEGIN/);
});

test("our own certificate that has expired is told with its day", async () => {
  const { url } = await openBank();
  const old = issue({ name: "sluice", by: bank, until: new Date(Date.UTC(2021, 4, 9)) });
  const { send } = open({ ...secrets, CERTIFICATE: old.certificate, KEY: old.key });
  expect(await send(url, known)).toMatchObject({
    kind: "unauthorized",
    reason: 'the certificate in secret "CERTIFICATE" expired on 2021-05-09',
  });
});
