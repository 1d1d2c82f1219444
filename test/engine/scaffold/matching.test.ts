import { expect, test } from "vitest";
import { endpointFor } from "../../../engine/scaffold/matching.ts";

const endpoints = [
  { method: "get", path: "/deals" },
  { method: "get", path: "/deals/{id}" },
  { method: "patch", path: "/deals/{id}" },
  { method: "get", path: "/organizations/{id}" },
  { method: "post", path: "/persons" },
  { method: "get", path: "/tickets/{ticket_id}/comments" },
  { method: "get", path: "/tickets/{ticket_id}" },
  { method: "get", path: "/invoices/{id}" },
  { method: "get", path: "/bills/{id}" },
  { method: "post", path: "/company/reviews" },
  { method: "put", path: "/organizations/{id}/wallets/{code}" },
];

test.each([
  ["getOpportunity", "read", "get /deals/{id}"],
  ["getCustomer", "read", "get /organizations/{id}"],
  ["createContact", "create", "post /persons"],
  ["getCase", "read", "get /tickets/{ticket_id}"],
  ["getInvoice", "read", "get /invoices/{id}"],
  ["getSubscription", "read", undefined],
  // What merely stands under another word's path is no guess that anybody wants.
  ["createCustomer", "create", undefined],
  ["ensureOrganization", "upsert", "put /organizations/{id}/wallets/{code}"],
] as const)("%s is played by %s %s", (operation, effect, wanted) => {
  const found = endpointFor(operation, effect, endpoints);
  expect(found && `${found.method} ${found.path}`).toBe(wanted);
});

test("what makes or changes goes to the thing itself before what is under it", () => {
  const wallets = [
    { method: "put", path: "/customers/{id}/wallets/{code}" },
    { method: "post", path: "/customers" },
  ];
  expect(endpointFor("ensureCustomer", "upsert", wallets)?.path).toBe("/customers");
});

test("the business's own noun goes before another word for it", () => {
  const both = [
    { method: "get", path: "/companies/{id}" },
    { method: "get", path: "/customers/{id}" },
  ];
  expect(endpointFor("getCustomer", "read", both)?.path).toBe("/customers/{id}");
});
