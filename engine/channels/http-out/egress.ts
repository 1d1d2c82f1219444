import { BlockList, isIPv4, isIPv6 } from "node:net";

/** Addresses of cloud metadata services and of the link: nothing a business partner lives on. */
const forbidden = new BlockList();
forbidden.addSubnet("169.254.0.0", 16, "ipv4");
forbidden.addSubnet("0.0.0.0", 8, "ipv4");
forbidden.addAddress("100.100.100.200", "ipv4");
forbidden.addAddress("192.0.0.192", "ipv4");
forbidden.addAddress("168.63.129.16", "ipv4");
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addAddress("fd00:ec2::254", "ipv6");
forbidden.addAddress("::", "ipv6");
// 169.254.0.0/16 by way of NAT64.
forbidden.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");
const metadataNames = new Set([
  "metadata",
  "metadata.goog",
  "metadata.google.internal",
  "instance-data",
]);

/**
 * True for an address that is reached only where a `base-url` itself names it: no name may lead to
 * it, since whoever answers for the name could point it there. IPv4 in IPv6 counts as IPv4.
 */
export function isForbiddenAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (isIPv4(bare)) return forbidden.check(bare, "ipv4");
  return isIPv6(bare) && forbidden.check(bare, "ipv6");
}

/** Whether a request may go there, and whether even a link-local address is meant. */
export type Egress =
  | { readonly allowed: true; readonly declared: boolean }
  | { readonly allowed: false; readonly reason: string };

/**
 * A request may go to the host and port of the adapter's own declared addresses, and to the hosts of
 * the allow-list (`host` or `*.domain`), by http or https, without credentials in the URL.
 */
export function judgeEgress(
  url: URL,
  declared: readonly URL[],
  allowed: readonly string[],
): Egress {
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return {
      allowed: false,
      reason: `"${url.protocol}" is no protocol for requests: http and https are`,
    };
  }
  if (url.username !== "" || url.password !== "") {
    return { allowed: false, reason: "a URL holds credentials: they belong in the adapter's auth" };
  }
  if (declared.some((own) => own.origin === url.origin)) return { allowed: true, declared: true };
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (isForbiddenAddress(host) || metadataNames.has(host)) {
    return { allowed: false, reason: `"${host}" is a link-local or metadata address` };
  }
  if (allowed.some((pattern) => matchesHost(host, pattern.toLowerCase()))) {
    return { allowed: true, declared: false };
  }
  return {
    allowed: false,
    reason: `"${url.host}" is neither the adapter's base-url nor under egress in sluice.yaml`,
  };
}

function matchesHost(host: string, pattern: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}
