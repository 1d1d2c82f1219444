/** One link: its address, then parameters such as `; rel="next"` (RFC 8288). */
const link = /<([^<>]*)>((?:\s*;\s*[^\s=;,"<]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"<]*))?)*)/g;
const parameter = /;\s*([^\s=;,"<]+)(?:\s*=\s*(?:"([^"]*)"|([^\s;,"<]*)))?/g;

/** Addresses of a `Link` header by relation (`next`, `last`); a relation that stands twice keeps its first. */
export function linksOf(header: string | undefined): Readonly<Record<string, string>> {
  const links = new Map<string, string>();
  for (const [, address = "", parameters = ""] of (header ?? "").matchAll(link)) {
    const rel = [...parameters.matchAll(parameter)].find(
      ([, name]) => name?.toLowerCase() === "rel",
    );
    for (const name of (rel?.[2] ?? rel?.[3] ?? "").toLowerCase().split(/\s+/)) {
      if (name !== "" && !links.has(name)) links.set(name, address);
    }
  }
  return Object.fromEntries(links);
}
