import { createHmac } from "node:crypto";
import { isJsonObject, type JsonObject } from "../../../engine/model/json.ts";
import { recorded } from "./payloads.ts";

/** Posts a change event as Salesforce's relay signs it: the status of the answer. */
export async function postChange(url: string, secret: string, body: string): Promise<number> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-crm-signature-timestamp": timestamp,
      "x-crm-signature": signature,
    },
    body,
  });
  await answer.body?.cancel();
  return answer.status;
}

/** The change event that Salesforce really sent, about a deal of ours and under a transaction of its own. */
export function changeAbout(opportunityId: string): JsonObject {
  const event = recorded("salesforce/cdc.opportunity.create.json") ?? ownChange();
  const header = event["ChangeEventHeader"];
  return {
    ...event,
    ChangeEventHeader: {
      ...(isJsonObject(header) ? header : {}),
      recordIds: [opportunityId],
      transactionKey: `recorded-${opportunityId}`,
    },
  };
}

function ownChange(): JsonObject {
  return {
    ChangeEventHeader: {
      entityName: "Opportunity",
      changeType: "CREATE",
      changeOrigin: "com/salesforce/api/rest/60.0;client=ui",
      sequenceNumber: 1,
      commitTimestamp: Date.now(),
      commitNumber: 1,
    },
    StageName: null,
  };
}
