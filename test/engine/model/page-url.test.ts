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
  "https://evil.example/x",
  "http://api.example.com:8443/x",
  "https://api.example.com/x",
  "https://api.example.com:8443@evil.example/x",
  "https://api.example.com:84430/x",
  "https://api.example.com:8443\\@evil.example/",
  "//evil.example/x",
  "/\\evil.example/x",
  "page=2",
  "",
])("%s is not", (given) => {
  expect(pageUrl(given, base)).toBeUndefined();
});
