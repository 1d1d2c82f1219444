import type { Json } from "../../../model/json.ts";

type FieldType = "text" | "number" | "boolean" | "date" | "date-time" | "id";

export interface ObjectType {
  readonly name: string;
  /** First three characters of its ids. */
  readonly prefix: string;
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Set by the CRM alone. */
  readonly readOnly: readonly string[];
  readonly required: readonly string[];
  readonly externalIds: readonly string[];
}

const dates = {
  CreatedDate: "date-time",
  LastModifiedDate: "date-time",
  SystemModstamp: "date-time",
} as const;
const readOnly = ["Id", ...Object.keys(dates)];

function texts(...names: string[]): Record<string, FieldType> {
  return Object.fromEntries(names.map((name) => [name, "text"]));
}

function address(kind: string): Record<string, FieldType> {
  return texts(...["Street", "City", "State", "PostalCode", "Country"].map((part) => kind + part));
}

const opportunity: ObjectType = {
  name: "Opportunity",
  prefix: "006",
  fields: {
    Id: "id",
    AccountId: "id",
    OwnerId: "id",
    ...texts("Name", "StageName", "CurrencyIsoCode", "Type", "Description", "Region__c"),
    ...texts("Payment_Terms__c", "Contract_Number__c", "Subscription_Plan__c"),
    ...texts("ERP_Order_Number__c", "Integration_Status__c", "Integration_Message__c"),
    Amends_Order__c: "id",
    Amount: "number",
    Probability: "number",
    Subscription_Term_Months__c: "number",
    IsClosed: "boolean",
    IsWon: "boolean",
    CloseDate: "date",
    Service_Start_Date__c: "date",
    LastStageChangeDate: "date-time",
    ...dates,
  },
  readOnly: [...readOnly, "IsClosed", "IsWon", "Probability", "LastStageChangeDate"],
  required: ["Name", "StageName", "CloseDate"],
  externalIds: [],
};

const lineItem: ObjectType = {
  name: "OpportunityLineItem",
  prefix: "00k",
  fields: {
    Id: "id",
    OpportunityId: "id",
    ...texts("ProductCode", "Name", "Description"),
    Quantity: "number",
    ListPrice: "number",
    UnitPrice: "number",
    Discount: "number",
    TotalPrice: "number",
    SortOrder: "number",
    ServiceDate: "date",
    ...dates,
  },
  readOnly: [...readOnly, "TotalPrice"],
  required: ["OpportunityId", "ProductCode", "Quantity", "UnitPrice"],
  externalIds: [],
};

const account: ObjectType = {
  name: "Account",
  prefix: "001",
  fields: {
    Id: "id",
    ParentId: "id",
    ...texts("Name", "Legal_Name__c", "AccountNumber", "Type", "Website", "Phone"),
    ...texts("CurrencyIsoCode", "Billing_Email__c", "Tax_Id__c", "Customer_Tier__c", "Region__c"),
    ...address("Billing"),
    ...address("Shipping"),
    ...texts("ERP_Customer_Code__c", "Billing_Customer_Id__c", "Support_Organization_Id__c"),
    ...texts("Account_Status__c", "Receivables_Status__c", "Dispute_Status__c"),
    Support_Escalation__c: "text",
    Health_Score__c: "number",
    ...dates,
  },
  readOnly,
  required: ["Name"],
  externalIds: ["ERP_Customer_Code__c", "Tax_Id__c", "AccountNumber"],
};

const contact: ObjectType = {
  name: "Contact",
  prefix: "003",
  fields: {
    Id: "id",
    AccountId: "id",
    ...texts("FirstName", "LastName", "Name", "Email", "Phone", "Role__c"),
    HasOptedOutOfEmail: "boolean",
    Consented_At__c: "date-time",
    No_Longer_There__c: "boolean",
    ...dates,
  },
  readOnly: [...readOnly, "Name"],
  required: ["LastName"],
  externalIds: [],
};

const task: ObjectType = {
  name: "Task",
  prefix: "00T",
  fields: {
    Id: "id",
    WhatId: "id",
    ...texts("Subject", "Description", "Status", "Priority"),
    ...dates,
  },
  readOnly,
  required: ["Subject"],
  externalIds: [],
};

export const objectTypes: ReadonlyMap<string, ObjectType> = new Map(
  [opportunity, lineItem, account, contact, task].map((type) => [type.name, type]),
);

/** Parent of a record, as SOQL names it: the relationship, its type, the field that holds the id. */
export const parents: Readonly<Record<string, { readonly type: string; readonly by: string }>> = {
  "Opportunity.Account": { type: "Account", by: "AccountId" },
  "OpportunityLineItem.Opportunity": { type: "Opportunity", by: "OpportunityId" },
  "Account.Parent": { type: "Account", by: "ParentId" },
  "Contact.Account": { type: "Account", by: "AccountId" },
};

/** Children of a record, as SOQL names them. */
export const children: Readonly<Record<string, { readonly type: string; readonly by: string }>> = {
  "Opportunity.OpportunityLineItems": { type: "OpportunityLineItem", by: "OpportunityId" },
  "Account.Opportunities": { type: "Opportunity", by: "AccountId" },
  "Account.Contacts": { type: "Contact", by: "AccountId" },
  "Account.ChildAccounts": { type: "Account", by: "ParentId" },
};

/** A record; every field of its type is there, null when empty. */
export type SObject = Record<string, Json> & { Id: string };

export function accepts(type: FieldType, value: Json): boolean {
  if (value === null) return true;
  if (type === "number") return typeof value === "number";
  if (type === "boolean") return typeof value === "boolean";
  if (typeof value !== "string") return false;
  if (type === "date") return /^\d{4}-\d{2}-\d{2}$/.test(value);
  return type !== "id" || /^[A-Za-z0-9]{18}$/.test(value);
}

const suffixes = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/** An 18-character id: prefix, twelve characters, and the suffix that says which are upper case. */
export function recordId(prefix: string, instance: string, count: number): string {
  const id = `${prefix}${instance}${count
    .toString(36)
    .toUpperCase()
    .padStart(12 - instance.length, "0")}`;
  const suffix = [0, 5, 10].map((start) => {
    const bits = [0, 1, 2, 3, 4].filter((bit) => /[A-Z]/.test(id.charAt(start + bit)));
    return suffixes.charAt(bits.reduce((sum, bit) => sum + 2 ** bit, 0));
  });
  return id + suffix.join("");
}
