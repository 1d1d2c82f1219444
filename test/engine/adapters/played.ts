import { parse } from "yaml";

type Files = Readonly<Record<string, string>>;

/**
 * The workspace without the flows that need an operation which a vendor does not play yet, and
 * without those that run them: what is left is what the vendors are tested with.
 */
export function played(files: Files): Record<string, string> {
  const lacking = missing(files);
  const left = { ...files };
  for (;;) {
    const gone = Object.entries(left).filter(([path, text]) => {
      const called = [...text.matchAll(/\b(?:call|run): ([\w.-]+)/g)].map(([, name = ""]) => name);
      return path.startsWith("flows/") && called.some((name) => lacking.has(name));
    });
    if (gone.length === 0) return { ...left, "sluice.yaml": promised(left["sluice.yaml"] ?? "") };
    for (const [path, text] of gone) {
      const [, flow] = /^flow: (\S+)$/m.exec(text) ?? [];
      if (flow !== undefined) lacking.add(flow);
      delete left[path];
      delete left[path.replace(/\.yaml$/, ".test.yaml")];
    }
  }
}

/** Nothing is promised to callers of flows that are left out. */
const promised = (text: string): string => text.replace(/^published:\n(?: .*\n)*/m, "");

/** Operations of the roles that the adapters playing them do not have, as `erp.createOrder`. */
function missing(files: Files): Set<string> {
  const documents = Object.entries(files)
    .filter(([path]) => /^flows\/system\/.*\.yaml$/.test(path) && !path.endsWith(".test.yaml"))
    .map(([, text]) => parse(text, { maxAliasCount: -1 }) as Readonly<Record<string, unknown>>);
  const { systems } = parse(files["sluice.yaml"] ?? "") as { systems: Record<string, string> };
  const names = ({ operations }: Readonly<Record<string, unknown>> = {}) =>
    Object.keys(operations ?? {});
  return new Set(
    Object.entries(systems).flatMap(([role, vendor]) => {
      const has = new Set(names(documents.find(({ adapter }) => adapter === vendor)));
      const wanted = names(documents.find(({ system }) => system === role));
      return wanted.filter((name) => !has.has(name)).map((name) => `${role}.${name}`);
    }),
  );
}
