import { isJsonObject, type JsonObject } from "../../../model/json.ts";
import { listAt, type Reply, type Routes } from "../exchange.ts";
import { type Cents, decimalOf, partsOf, sumOf } from "../money.ts";
import { filtered, listed, monthsLater, type Office, type Stamped } from "./office.ts";
import type { Orders } from "./orders.ts";
import { badRequest, bodyOf, centsAt, countAt, notFound, textOf } from "./refusal.ts";

type Schedule = Stamped & {
  readonly id: string;
  readonly order: string;
  readonly subscription: string;
  readonly starts_on: string;
  readonly months: number;
  readonly total: string;
  readonly currency: string;
  readonly entries: readonly JsonObject[];
  state: "active" | "cancelled";
};

/** Revenue spread over the months of a subscription, to the cent. */
export class Revenue {
  readonly #office: Office;
  readonly #orders: Orders;
  readonly #schedules = new Map<string, Schedule>();

  constructor(office: Office, orders: Orders) {
    this.#office = office;
    this.#orders = orders;
  }

  route(routes: Routes): void {
    routes
      .on("GET", "/revenue-schedules", (request) => {
        const fields = ["order", "subscription", "state"];
        const rows = filtered(request, this.#schedules.values(), fields);
        return listed(request, rows, "id");
      })
      .on("POST", "/revenue-schedules", (request) => this.#create(bodyOf(request)))
      .on("POST", "/revenue-schedules/:id/cancel", (_, { id }) => this.#cancel(id));
  }

  #create(body: JsonObject): Reply {
    const order = textOf(body, "order");
    this.#orders.must(order);
    const [starts, months] = [textOf(body, "starts_on"), countAt(body, "months")];
    const total = centsAt(body, "total");
    const schedule: Schedule = {
      id: this.#office.number("RS"),
      order,
      subscription: textOf(body, "subscription"),
      starts_on: starts,
      months,
      total: decimalOf(total),
      currency: textOf(body, "currency"),
      entries: entriesOf(body, starts, partsOf(total, months)),
      state: "active",
      ...this.#office.stamp(),
    };
    this.#schedules.set(schedule.id, schedule);
    this.#record("created", schedule);
    return { status: 201, body: structuredClone(schedule) };
  }

  #cancel(id = ""): Reply {
    const schedule = this.#schedules.get(id);
    if (schedule === undefined) throw notFound(`revenue schedule: ${id}`);
    if (schedule.state === "active") {
      schedule.state = "cancelled";
      this.#office.touch(schedule);
      this.#record("cancelled", schedule);
    }
    return { status: 200, body: structuredClone(schedule) };
  }

  #record(kind: string, schedule: Schedule): void {
    const { id, order: reference, total: amount, currency } = schedule;
    this.#office.world.ledger.record({
      system: "erp",
      effect: `revenue-schedule.${kind}`,
      id,
      reference,
      amount,
      currency,
      data: structuredClone(schedule),
    });
  }
}

/** What each month earns: as the caller says, who must name every month and miss no cent, or evenly. */
function entriesOf(
  body: JsonObject,
  starts: string,
  even: readonly Cents[],
): readonly JsonObject[] {
  const months = even.map((_, index) => monthsLater(`${starts.slice(0, 7)}-01`, index).slice(0, 7));
  const given = listAt(body, "entries");
  const amounts =
    given === undefined
      ? even
      : given.map((entry, index) => {
          if (!isJsonObject(entry) || entry["month"] !== months[index]) {
            throw badRequest(
              `entries[${index}]`,
              `an entry is { month: ${months[index] ?? "none"}, amount }`,
            );
          }
          return centsAt(entry, "amount");
        });
  if (amounts.length !== even.length || sumOf(amounts) !== sumOf(even)) {
    throw badRequest("entries", "one for each month, which add up to the total");
  }
  return months.map((month, index) => ({ month, amount: decimalOf(amounts[index] ?? 0) }));
}
