import { seeded } from "../deal-plan.ts";

/** One business event: an account's bookings are numbered from 1, without a gap. */
export interface Booking {
  readonly ref: string;
  readonly account: string;
  readonly number: number;
  /** A decimal, as money is. */
  readonly amount: string;
}

export interface Plan {
  readonly bookings: readonly Booking[];
  /** Places in `bookings`, in the order in which they are sent: some late, some twice. */
  readonly sendings: readonly number[];
}

const perAccount = 20;
const twice = 0.1;
const late = 0.2;
/** So many others overtake one that is late, at most. */
const overtakenMax = 200;

/** What happens in the business and how the source tells of it; the same for the same seed. */
export function planOf(seed: number, events: number): Plan {
  const random = seeded(seed);
  const accounts = Math.max(1, Math.round(events / perAccount));
  const numbers = new Map<string, number>();
  const bookings = Array.from({ length: events }, (): Booking => {
    const account = `A${Math.floor(random() * accounts)}`;
    const number = (numbers.get(account) ?? 0) + 1;
    numbers.set(account, number);
    const cents = 1 + Math.floor(random() * 100_000);
    return { ref: `${account}-${number}`, account, number, amount: (cents / 100).toFixed(2) };
  });
  const told = bookings.flatMap((_, index) => {
    const delay = (share: number): number => (random() < share ? random() * overtakenMax : 0);
    const first = { index, at: index + delay(late) };
    return random() < twice ? [first, { index, at: index + 1 + delay(1) }] : [first];
  });
  const sendings = told.sort((a, b) => a.at - b.at).map(({ index }) => index);
  return { bookings, sendings };
}
