import { expect, test } from "vitest";
import { pageUrl } from "../../../engine/model/page-url.ts";

const base = "https://api.example.com:8443/v2.0/company";

test.each([
  [
    "https://api.example.com:8443/v2.0/x?$skiptoken=a",
    "https://api.example.com:8443/v2.0/x?$skiptoken=a",
  ],
  ["HTTPS://API.example.com:8443/x", "HTTPS://API.example.com:8443/x"],
  ["/v2.0/x?page=2", "https://api.example.com:8443/v2.0/x?page=2"],
])("%s is a page of the same host", (given, url) => {
  expect(pageUrl(given, base)).toBe(url);
});

test.each([
  ["?page=2", "https://api.example.com:8443/v2.0/company/7/orders?page=2"],
  ["orders?page=2", "https://api.example.com:8443/v2.0/company/7/orders?page=2"],
  ["page=2", "https://api.example.com:8443/v2.0/company/7/page=2"],
  ["./orders?at=10:30", "https://api.example.com:8443/v2.0/company/7/./orders?at=10:30"],
  ["../8/orders", "https://api.example.com:8443/v2.0/company/7/../8/orders"],
  [
    "Orders(1)?$skiptoken='a'",
    "https://api.example.com:8443/v2.0/company/7/Orders(1)?$skiptoken='a'",
  ],
])("%s is relative to the page before", (given, url) => {
  const asked = `${base}/7/orders?page=1&note=a/b#c`;
  const whole = pageUrl(given, base, asked);
  expect(whole).toBe(url);
  expect(new URL(whole ?? "").href).toBe(new URL(given, asked).href);
});

test("a page of the host's root is relative to it", () => {
  expect(pageUrl("orders?page=2", "https://a.example", "https://a.example")).toBe(
    "https://a.example/orders?page=2",
  );
});

test.each([
  "https://evil.example/x",
  "http://api.example.com:8443/x",
  "https://api.example.com/x",
  "https://api.example.com:8443@evil.example/x",
  "https://api.example.com:84430/x",
  "https://api.example.com:8443\\@evil.example/",
  "//evil.example/x",
  "/\\evil.example/x",
  "javascript:alert(1)",
  "evil.example:8443/x",
  "",
])("%s is not", (given) => {
  expect(pageUrl(given, base)).toBeUndefined();
});
