import { describe, expect, test } from "vitest";
import {
  closest,
  didYouMean,
  editDistance,
  listWords,
} from "../../../engine/errors/did-you-mean.ts";

describe("closest", () => {
  const kinds = ["route", "require", "respond", "run"];

  test.each([
    ["rout", "route"],
    ["ruote", "route"],
    ["ROUTE", "route"],
    ["respnod", "respond"],
  ])("%s means %s", (word, meant) => {
    expect(closest(word, kinds)).toBe(meant);
  });

  test.each(["zzz", "transform", "x"])("%s is close to nothing", (word) => {
    expect(closest(word, kinds)).toBeUndefined();
    expect(didYouMean(word, kinds)).toBe("");
  });

  test("the first of two equally close words is taken", () => {
    expect(closest("cat", ["bat", "hat"])).toBe("bat");
    expect(closest("cat", ["hat", "bat"])).toBe("hat");
  });

  test("a word of a longer name is meant rather than another name that looks like it", () => {
    const keys = ["client-in", "client", "secret", "grant"];
    expect(closest("client-id", keys)).toBe("client");
    expect(closest("client_id", keys)).toBe("client");
    expect(closest("grant_type", keys)).toBe("grant");
    // Two of its words are names: neither is more likely.
    expect(closest("client-secret", keys)).toBeUndefined();
  });
});

test("a swap of neighbours is one edit, and the count stops at the limit", () => {
  expect(editDistance("ab", "ba", 3)).toBe(1);
  expect(editDistance("kitten", "sitting", 3)).toBe(3);
  expect(editDistance("aaaaaaaa", "bbbbbbbb", 2)).toBe(3);
});

test("long lists are cut and counted", () => {
  expect(listWords([])).toBe("none");
  expect(listWords(["a"])).toBe("a");
  expect(listWords(["a", "b", "c"])).toBe("a, b and c");
  expect(listWords(["a", "b", "c"], 2)).toBe("a, b, … (3 in all)");
});
