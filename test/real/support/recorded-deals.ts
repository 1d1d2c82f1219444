import { isJsonObject, type Json, type JsonObject } from "../../../engine/model/json.ts";
import { recorded, recordedText } from "./payloads.ts";
import { type TrytonClient, wordsAt } from "./tryton.ts";

/** A record as the CRM keeps it. */
type Kept = Record<string, Json> & { Id: string };

export const changeOfDeal = "salesforce/cdc.opportunity.create.json";
export const changeOfAccount = "salesforce/cdc.account.update.json";
export const messageOfDeal = "salesforce/outbound-message.opportunity.xml";
const answerOfDeal = "salesforce/rest.query.opportunity-with-lines.json";

/** The deal of the change event, with dates and times as the query API answers them. */
export function dealOfChange(): Kept {
  const { ChangeEventHeader: header, ...fields } = must(changeOfDeal);
  return { ...inTheApisWords(fields), Id: idOf(header) };
}

/** The account of the change event, and the one thing that the event says of it. */
export function accountOfChange(): { readonly id: string; readonly street: string } {
  const { ChangeEventHeader: header, BillingAddress: address } = must(changeOfAccount);
  return { id: idOf(header), street: wordsAt(isJsonObject(address) ? address : {}, "Street") };
}

/** The deal of the outbound message: its one `sObject`. */
export function dealOfMessage(): Kept {
  const fields = [...recordedText(messageOfDeal).matchAll(/<sf:(\w+)>([^<]*)<\/sf:\1>/g)];
  const text = Object.fromEntries(fields.map(([, name = "", value = ""]) => [name, value]));
  return { ...text, Amount: Number(text["Amount"]), Id: text["Id"] ?? "" };
}

/** The deal of the query's answer and its lines, under the ids that their addresses end with. */
export function dealOfAnswer(): { readonly deal: Kept; readonly lines: readonly Kept[] } {
  const [first = {}] = recordsOf(must(answerOfDeal));
  const { OpportunityLineItems: items, ...rest } = first;
  const deal = atItsAddress(rest);
  const lines = recordsOf(items).map((item) => ({
    ...atItsAddress(item),
    OpportunityId: deal.Id,
  }));
  return { deal, lines };
}

/**
 * What Salesforce really sent has ids of its own: a Tryton that is kept from run to run has what the last
 * one made of them, which is put out of the way.
 */
export async function forget(
  tryton: TrytonClient,
  { deal, account }: { readonly deal?: string; readonly account: string },
): Promise<void> {
  const sales = await tryton.find("sale.sale", [["reference", "=", deal ?? ""]], []);
  for (const { id = null } of sales) {
    const reference = `${deal ?? ""} (${JSON.stringify(id)})`;
    await tryton.call("model.sale.sale.write", [id], { reference });
  }
  const parties = await tryton.find("party.party", [["code", "=", account]], []);
  for (const { id = null } of parties) {
    const gone = { code: `${account} (${JSON.stringify(id)})`, active: false };
    await tryton.call("model.party.party.write", [id], gone);
  }
}

/** A change event has milliseconds where the API answers `2022-05-31` or `2022-05-19T16:32:13.000Z`. */
function inTheApisWords(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value !== "number" || !name.endsWith("Date")) return [name, value];
      const text = new Date(value).toISOString();
      return [name, name === "CloseDate" ? text.slice(0, 10) : text];
    }),
  );
}

function must(path: string): JsonObject {
  const payload = recorded(path);
  if (payload === undefined) throw new TypeError(`no payload ${path}`);
  return payload;
}

function idOf(header: Json | undefined): string {
  const ids = isJsonObject(header) ? header["recordIds"] : undefined;
  const [id] = Array.isArray(ids) ? (ids as readonly Json[]) : [];
  return typeof id === "string" ? id : "";
}

function recordsOf(answer: Json | undefined): readonly JsonObject[] {
  const records = isJsonObject(answer) ? answer["records"] : undefined;
  return Array.isArray(records) ? (records as readonly Json[]).filter(isJsonObject) : [];
}

function atItsAddress({ attributes, ...fields }: JsonObject): Kept {
  const url = isJsonObject(attributes) ? attributes["url"] : undefined;
  return { ...fields, Id: typeof url === "string" ? (url.split("/").at(-1) ?? "") : "" };
}
