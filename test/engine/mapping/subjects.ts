/** Mappings in the styles that people write, each with a document it is made for. */
export const subjects: readonly { readonly text: string; readonly data: unknown }[] = [
  {
    text: `{
      "orderNumber": "SO-" & Opportunity.Id,
      "customer": { "id": Opportunity.Account.Id, "name": $trim(Opportunity.Account.Name) },
      "currency": Opportunity.CurrencyIsoCode ?: "EUR",
      "lines": [Opportunity.Lines.records[Quantity > 0].{
        "sku": Product.Code, "quantity": Quantity, "price": $string(UnitPrice),
        "net": $round(Quantity * UnitPrice * (1 - Discount / 100), 2) }],
      "total": $sum(Opportunity.Lines.records.(Quantity * UnitPrice)),
      "count": $count(Opportunity.Lines.records),
      "tags": $distinct(Opportunity.Tags)[],
      "note": Opportunity.Note ?? "none"
    }`,
    data: {
      Opportunity: {
        Id: "0061",
        CurrencyIsoCode: "USD",
        Account: { Id: "001", Name: " Acme " },
        Tags: ["a", "b", "a"],
        Lines: {
          records: [
            { Product: { Code: "A" }, Quantity: 2, UnitPrice: 19.99, Discount: 10 },
            { Product: { Code: "B" }, Quantity: 1, UnitPrice: 5, Discount: 0 },
            { Product: { Code: "C" }, Quantity: 0, UnitPrice: 7.5, Discount: 0 },
          ],
        },
      },
    },
  },
  {
    text: `(
      $minor := function($n) { $n / 100 };
      $lines := lines.data ^(>amount, id);
      {
        "invoice": number,
        "issued": $fromMillis(created * 1000, "[Y0001]-[M01]-[D01]"),
        "lines": $map($lines, function($l, $i) { {
          "position": $i + 1, "id": $l.id, "amount": $minor($l.amount),
          "period": $l.period.{ "from": start, "to": end },
          "taxes": $l.taxes.amount[] } }),
        "byPlan": lines.data{ plan.id: $sum(amount) },
        "largest": $max(lines.data.amount),
        "paid": status in ["paid", "settled"],
        "keys": $keys(metadata),
        "meta": $sift(metadata, function($v) { $v != "" }),
        "first": lines.data[0].id, "last": lines.data[-1].id
      }
    )`,
    data: {
      number: "INV-1",
      created: 1_700_000_000,
      status: "paid",
      metadata: { order: "SO-1", empty: "" },
      lines: {
        data: [
          {
            id: "l1",
            amount: 1250,
            plan: { id: "gold" },
            period: { start: 1, end: 2 },
            taxes: [{ amount: 10 }],
          },
          { id: "l2", amount: 990, plan: { id: "basic" }, period: { start: 1, end: 2 }, taxes: [] },
          {
            id: "l3",
            amount: 1250,
            plan: { id: "gold" },
            period: { start: 3, end: 4 },
            taxes: [{ amount: 1 }, { amount: 2 }],
          },
        ],
      },
    },
  },
  {
    text: `ticket.{
      "caseId": $string(id),
      "subject": $uppercase($substring(subject, 0, 10)),
      "severity": priority = "urgent" ? "high" : priority = "low" ? "low" : "normal",
      "fields": $merge(custom_fields.{ $string(id): value }),
      "words": $split(subject, " "),
      "clean": $replace(subject, /[^a-z ]/i, "_"),
      "digits": $match(subject, /[0-9]+/).match,
      "comments": $filter(comments, function($c) { $c.public }).{ "by": author.name, "text": body },
      "people": $reduce(comments.author.name, function($a, $b) { $a & "," & $b }, ""),
      "has": $exists(assignee), "open": $not(closed),
      "all": **.name, "any": *.name,
      "nested": comments[author.name = "Ann"][0].body,
      "joined": $join(tags, "|"), "order": $sort(tags), "zip": $zip(tags, [1, 2, 3])
    }`,
    data: {
      ticket: {
        id: 42,
        subject: "Printer 12 on fire 7",
        priority: "urgent",
        closed: false,
        tags: ["b", "a"],
        custom_fields: [
          { id: 1, value: "x" },
          { id: 2, value: null },
        ],
        comments: [
          { author: { name: "Ann" }, body: "help", public: true },
          { author: { name: "Bob" }, body: "no", public: false },
        ],
      },
    },
  },
  {
    text: `(
      $tax := function($rate, $net) { $round($rate * $net, 2) };
      $vat := $tax(0.19, ?);
      {
        "party": reference.customer, "number": input.orderNumber,
        "lines": [["create", [input.lines#$i.{
          "n": $i, "product": $lookup($$.reference.product, sku).id,
          "quantity": $number(quantity), "vat": $vat(price),
          "taxes": [$$.taxes[$i].ids] }]]],
        "spread": $spread(reference.product.A), "each": $each(reference.product, function($v, $k) { $k & ":" & $v.id }),
        "pairs": input.lines@$l.parts@$p[$p.of = $l.sku].{ "line": $l.sku, "part": $p.name },
        "parents": input.lines.parts.{ "name": name, "line": %.sku },
        "changed": input ~> |lines[$type($) = "object"]|{"done": true}, "parts"|,
        "piped": input.lines.price ~> $sum() ~> $string(),
        "range": [1..$count(input.lines)].($ * 2),
        "single": $single(input.lines, function($l) { $l.sku = "A" }).price,
        "flat": $append(input.lines.sku, "Z"), "reverse": $reverse(input.lines.sku)
      }
    )`,
    data: {
      input: {
        orderNumber: "SO-1",
        lines: [
          { sku: "A", quantity: "2", price: 10.5, parts: [{ of: "A", name: "p1" }] },
          {
            sku: "B",
            quantity: "1",
            price: 3,
            parts: [
              { of: "B", name: "p2" },
              { of: "A", name: "p3" },
            ],
          },
        ],
      },
      reference: { customer: 7, product: { A: { id: 1, uom: "u" }, B: { id: 2, uom: "kg" } } },
      taxes: [{ ids: [1, 2] }, { ids: [3] }],
    },
  },
];
