/** What may be other than usual. */
export interface EventShape {
  /** Lines of the deal: five make 1.1 KB. */
  readonly lines?: number;
  /** Buyers, in turn. */
  readonly buyers?: number;
  /** Characters by which its title is longer. */
  readonly padding?: number;
}

/** The `n`-th event of the storefront. The same `n` gives the same event. */
export function eventOf(
  n: number,
  { lines = 5, buyers = 5000, padding = 0 }: EventShape = {},
): Readonly<Record<string, unknown>> {
  const number = String(n).padStart(8, "0");
  return {
    eventId: `ev-${number}`,
    kind: "deal.won",
    occurredAt: "2026-03-14T09:26:53Z",
    deal: {
      number,
      title: `Refit of bottling line 4, second site${"x".repeat(padding)}`,
      currency: "EUR",
      seller: { ref: "rep-118", name: "Noor Vance", mail: "Noor.Vance@Sales.Example" },
      buyer: {
        ref: `acc-${n % buyers}`,
        company: " Brauhaus Nord GmbH ",
        taxNumber: "de 129 273 398",
        mail: "Purchasing@Brauhaus.Example",
        phone: "+49 421 5550 117",
        site: { street: "Am Wall 9", town: "Bremen", postcode: "28195", country: "DE" },
      },
      positions: Array.from({ length: lines }, (_, index) => ({
        position: (index + 1) * 10,
        article: `VALVE-${(n + index) % 900}`,
        label: `Hygienic butterfly valve DN${25 * (index + 1)}`,
        pieces: 1 + ((n + index) % 7),
        price: 84.5 + 12 * index,
        rebate: 5 * (index % 3),
        taxClass: index % 2 === 0 ? "standard" : "reduced",
      })),
    },
  };
}
