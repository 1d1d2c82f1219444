/**
 * Fuel of one call beside what its arguments cost, measured: a unit is about 20 ns of one core of a
 * small machine, so that all of an evaluation's fuel is about 100 ms whatever it is spent on.
 */
const calls: Readonly<Record<string, number>> = {
  formatNumber: 400,
  formatInteger: 140,
  formatBase: 12,
  parseInteger: 300,
  number: 20,
  round: 25,
  toMillis: 40,
  zip: 250,
  merge: 20,
  single: 20,
  sift: 20,
  each: 20,
  base64encode: 30,
  base64decode: 30,
  encodeUrl: 20,
  encodeUrlComponent: 20,
  decodeUrl: 20,
  decodeUrlComponent: 20,
  add: 120,
  sub: 120,
  mul: 120,
  div: 500,
  roundTo: 100,
  total: 20,
  money: 120,
  fromMinor: 200,
  toMinor: 200,
  before: 120,
  after: 120,
  date: 60,
  instant: 100,
  parseJson: 100,
  startOf: 100,
  endOf: 100,
  addDays: 100,
  addMonths: 100,
  addDuration: 100,
  xref: 200,
  canonical: 200,
  reference: 200,
};

/** Fuel of a call of this function. */
export function callCostOf(name: string): number {
  return calls[name] ?? 6;
}

/** Functions that do more with each item of a list than look at it. */
const items: Readonly<Record<string, number>> = {
  zip: 4,
  shuffle: 2,
  join: 3,
  max: 2,
  min: 2,
  average: 2,
};

/** Fuel for each item of a list among the arguments. */
export function itemCostOf(name: string): number {
  return items[name] ?? 1;
}
