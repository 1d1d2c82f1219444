import { expect, test } from "vitest";
import { parseCalendarDate } from "../../../engine/spec/rules/calendar-date.ts";

test("every day of 150 years has the number that the calendar gives it", () => {
  const wrong: unknown[] = [];
  for (let day = -10_000; day < 45_000; day += 1) {
    const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
    if (parseCalendarDate(text) !== day)
      expect([text, parseCalendarDate(text)]).toEqual([text, day]);
  }
  expect(wrong).toEqual([]);
});

test.each([
  "2027-02-29",
  "1900-02-29",
  "2027-13-01",
  "2027-00-10",
  "2027-04-31",
  "27-04-30",
  "soon",
])("%s is no day", (text) => {
  expect(parseCalendarDate(text)).toBeUndefined();
});
