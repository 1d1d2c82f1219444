import type { BenchMap } from "./map.ts";

const input = {
  ticket: {
    id: 48_211,
    subject: "Label printer in hall 3 rejects all jobs since the update",
    description: "It worked on Friday.",
    priority: "urgent",
    status: "open",
    created_at: "2026-03-30T07:14:00Z",
    requester: { id: 991, name: "Mara Lindqvist", email: "mara@northwind.example" },
    organization: { id: 55, external_id: "C-1001" },
    assignee: null,
    tags: ["hardware", "printer", "hall-3"],
    custom_fields: [
      { id: 101, value: "SN-4471-A" },
      { id: 102, value: null },
      { id: 103, value: "warranty" },
    ],
    comments: [
      { author: { name: "Mara Lindqvist" }, body: "Reboot did not help.", public: true },
      { author: { name: "Agent 7" }, body: "Firmware?", public: false },
      { author: { name: "Mara Lindqvist" }, body: "Version 8.2.", public: true },
    ],
  },
};

const text = `ticket.{
  "caseId": "ZD-" & $string(id),
  "customerId": organization.external_id,
  "title": $substring(subject, 0, 40),
  "severity": priority = "urgent" ? "critical" : priority = "high" ? "major" : "minor",
  "open": $not(status in ["solved", "closed"]),
  "openedAt": created_at,
  "contact": requester.{ "name": name, "email": $lowercase(email) },
  "assignee": assignee.name ?? "unassigned",
  "serial": custom_fields[id = 101].value,
  "contract": custom_fields[id = 103].value ?? "none",
  "labels": $join(tags, ","),
  "comments": [comments[public].{ "by": author.name, "text": body }]
}`;

/** A support ticket becomes a service case. */
export const ticket: BenchMap = {
  name: "ticket → case",
  text,
  input,
  hand({ ticket }: typeof input) {
    const field = (wanted: number) => ticket.custom_fields.find(({ id }) => id === wanted)?.value;
    const assignee = ticket.assignee as { name: string } | null;
    return {
      caseId: `ZD-${ticket.id}`,
      customerId: ticket.organization.external_id,
      title: ticket.subject.slice(0, 40),
      severity:
        ticket.priority === "urgent" ? "critical" : ticket.priority === "high" ? "major" : "minor",
      open: ticket.status !== "solved" && ticket.status !== "closed",
      openedAt: ticket.created_at,
      contact: { name: ticket.requester.name, email: ticket.requester.email.toLowerCase() },
      assignee: assignee?.name ?? "unassigned",
      serial: field(101),
      contract: field(103) ?? "none",
      labels: ticket.tags.join(","),
      comments: ticket.comments
        .filter((comment) => comment.public)
        .map((comment) => ({ by: comment.author.name, text: comment.body })),
    };
  },
};
