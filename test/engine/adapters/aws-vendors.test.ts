import { createHash, createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { json, type Seen } from "../channels/partner.ts";
import { secrets, world as anyWorld } from "./vendors-world.ts";

/** Services of AWS, by YAML alone: each request signed, parts that fail inside a 200. */

const world = async (name: string, answer: Parameters<typeof anyWorld>[1]) =>
  anyWorld(name, answer, "more-vendors");

const hmac = (key: string | Buffer, text: string) =>
  createHmac("sha256", key).update(text).digest();
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

/** Whether AWS would take the signature: made anew from what came. */
function isSigned({ body, headers, method, url }: Seen, service: string): boolean {
  const { authorization = "" } = headers;
  const [, scope = "", names = "", signature = ""] =
    /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  const values = names.split(";").map((name) => `${name}:${String(headers[name])}`);
  const canonical = [method, url, "", ...values, "", names, hash(body)].join("\n");
  const date = String(headers["x-amz-date"]);
  const text = ["AWS4-HMAC-SHA256", date, scope, hash(canonical)].join("\n");
  const first = `AWS4${secrets["AWS_SECRET_KEY"]}`;
  const key = scope.split("/").reduce<string | Buffer>(hmac, first);
  return (
    scope === `${date.slice(0, 8)}/eu-central-1/${service}/aws4_request` &&
    signature === hmac(key, text).toString("hex")
  );
}

test("EventBridge: ten events a request, and one that is not taken is named", async () => {
  let busy = 1;
  const { call, vendor } = await world("EVENTBRIDGE", (seen, response: ServerResponse) => {
    expect(seen.headers["x-amz-target"]).toBe("AWSEvents.PutEvents");
    if (!isSigned(seen, "events")) {
      return json(response, 400, { __type: "InvalidSignatureException", message: "no match" });
    }
    const { Entries } = JSON.parse(seen.body) as { Entries: { Detail: string }[] };
    expect(Entries.length).toBeLessThanOrEqual(10);
    if (Entries.length === 1 && busy > 0) {
      busy -= 1;
      const failed = { ErrorCode: "ThrottlingException", ErrorMessage: "slow down" };
      return json(response, 200, { FailedEntryCount: 1, Entries: [failed] });
    }
    const taken = Entries.map(({ Detail }) => {
      const { id, text } = JSON.parse(Detail) as { id: string; text: string };
      return text === "bad"
        ? { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." }
        : { EventId: `e-${id}` };
    });
    const FailedEntryCount = taken.filter((one) => "ErrorCode" in one).length;
    return json(response, 200, { FailedEntryCount, Entries: taken });
  });
  const facts = (count: number, bad?: number) => ({
    facts: Array.from({ length: count }, (_, index) => ({
      id: `f${index}`,
      kind: "order.created",
      text: index === bad ? "bad" : "fine",
    })),
  });
  const sent = await call("bus-publish", facts(21));
  expect(sent.status).toBe(200);
  expect(sent.body["refs"]).toEqual(
    Array.from({ length: 21 }, (_, index) => ({ id: `e-f${index}` })),
  );
  // Ten, ten, one that was not taken at first, and that once more.
  expect(vendor.seen).toHaveLength(4);
  expect(await call("bus-publish", facts(15, 12))).toEqual({
    status: 502,
    body: {
      class: "business",
      code: "event-refused",
      message: "f12: MalformedDetail (Detail is malformed.)",
    },
  });
});

test("SES: signed with a role's credentials; a letter that may have gone is for a person", async () => {
  const { call, serving, vendor } = await world("SES", (seen, response: ServerResponse) => {
    if (!isSigned(seen, "ses")) return json(response, 403, { message: "no match" });
    expect(seen.headers["x-amz-security-token"]).toBe("aws-session-canary");
    const { Destination } = JSON.parse(seen.body) as { Destination: { ToAddresses: string[] } };
    const [to] = Destination.ToAddresses;
    if (to === "lost@example.com") return response.destroy();
    if (to === "bounced@example.com") {
      return json(response, 400, { message: "Email address is not verified." });
    }
    return json(response, 200, { MessageId: "m-1" });
  });
  const letter = { to: "ada@example.com", subject: "Grüße", text: "Ihre Bestellung" };
  expect(await call("letters-send", letter)).toEqual({ status: 200, body: { id: "m-1" } });
  expect(await call("letters-send", { ...letter, to: "bounced@example.com" })).toMatchObject({
    body: { code: "letter-refused", message: "Email address is not verified." },
  });
  void call("letters-send", { ...letter, to: "lost@example.com" });
  const doubts = async () => serving.store.read.runs({ status: "in-doubt" });
  await expect.poll(doubts, { timeout: 10_000 }).toHaveLength(1);
  expect(vendor.seen).toHaveLength(3);
});
