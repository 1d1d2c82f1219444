import type { Random } from "./random.ts";

/** A company as the CRM's sales people wrote it down. */
export interface Company {
  readonly name: string;
  readonly legalName: string;
  readonly taxId: string;
  readonly domain: string;
  readonly street: string;
  readonly city: string;
  readonly region: string | null;
  readonly postalCode: string;
  readonly country: string;
  readonly salesRegion: "EMEA" | "AMER";
}

const first = ["Nordlicht", "Castor", "Halden", "Juniper", "Altmark", "Brightwater"] as const;
const second = ["Logistics", "Robotics", "Foods", "Energy", "Optics", "Textiles"] as const;
const places = [
  { country: "DE", city: "München", region: "BY", postalCode: "80331", legal: "GmbH" },
  { country: "DE", city: "Hamburg", region: "HH", postalCode: "20095", legal: "AG" },
  { country: "FR", city: "Lyon", region: null, postalCode: "69002", legal: "SAS" },
  { country: "NL", city: "Utrecht", region: null, postalCode: "3511", legal: "B.V." },
  { country: "GB", city: "Leeds", region: null, postalCode: "LS1 4DY", legal: "Ltd" },
] as const;

/** A seeded company; `number` keeps names and tax ids apart. */
export function companyOf(random: Random, number: number): Company {
  const name = `${random.pick(first)} ${random.pick(second)} ${number}`;
  const place = random.pick(places);
  return {
    name,
    legalName: `${name} ${place.legal}`,
    taxId: `${place.country}${100_000_000 + random.below(1_000_000) * 100 + (number % 100)}`,
    domain: `${name.toLowerCase().replaceAll(" ", "-")}.example`,
    street: `${random.pick(["Harbour", "Mill", "Station", "Garden"])} Street ${1 + random.below(90)}`,
    city: place.city,
    region: place.region,
    postalCode: place.postalCode,
    country: place.country,
    salesRegion: "EMEA",
  };
}

/** A company in a country where tax depends on a state that nobody wrote down. */
export function withoutTaxRegion(company: Company): Company {
  const place = { city: "Springfield", region: null, postalCode: "00000", country: "US" };
  return { ...company, ...place, salesRegion: "AMER" };
}
