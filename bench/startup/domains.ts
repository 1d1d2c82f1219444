import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Texts of a workspace by path. */
type Texts = Readonly<Record<string, string>>;

/** What another domain calls by another name. */
interface Names {
  readonly systems: readonly string[];
  readonly adapters: readonly string[];
  readonly flows: readonly string[];
  readonly codes: readonly string[];
  /** What flows emit. */
  readonly events: readonly string[];
  readonly mappings: readonly string[];
  /** Properties with a capital in them: hardly a word of the language has one. */
  readonly properties: ReadonlySet<string>;
}

const folders = ["flows", "mappings", "schemas/canonical", "schemas/vendor"];

/**
 * The reference workspace so many times over, each time for another domain of the company: its own
 * systems, adapters, flows and tests, mappings with their contracts and examples, code lists and
 * schemas. Properties have other names, too, so that no text is another's, and few expressions.
 * Teams, policies, roles, secrets and environment values are the company's, and stay.
 */
export function domains(root: string, count: number): Texts {
  const texts = textsOf(root);
  const names = namesIn(texts);
  const settings = readFileSync(join(root, "sluice.yaml"), "utf8");
  const copies = Array.from({ length: count - 1 }, (_, index) => renaming(names, index + 2));
  const copied = copies.flatMap(({ text, path }) =>
    Object.entries(texts).map(([file, before]): [string, string] => [
      path(file),
      text(file, before),
    ]),
  );
  return {
    ...texts,
    ...Object.fromEntries(copied),
    "sluice.yaml": withPlayers(settings, names, count),
  };
}

function textsOf(root: string): Texts {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(yaml|jsonata)$/.test(path))
      .map((path) => `${folder}/${path}`),
  );
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

function namesIn(texts: Texts): Names {
  const paths = Object.keys(texts);
  const all = Object.values(texts).join("\n");
  const named = (kind: string): string[] =>
    [...all.matchAll(new RegExp(`^${kind}: (\\S+)`, "gm"))].map(([, name = ""]) => name);
  const under = (folder: string, end: RegExp): string[] =>
    paths.flatMap((path) =>
      path.startsWith(folder) && end.test(path) ? [path.slice(folder.length).replace(end, "")] : [],
    );
  const emitted = [...all.matchAll(/^emits: \{(.*)\}$/gm)].flatMap(([, list = ""]) =>
    [...list.matchAll(/([a-z]+\.[a-z]+):/g)].map(([, name = ""]) => name),
  );
  const schemas = paths.filter((path) => path.startsWith("schemas/"));
  return {
    systems: named("system"),
    adapters: named("adapter"),
    flows: [...new Set(named("flow"))],
    codes: named("codes"),
    events: [...new Set(emitted)],
    mappings: under("mappings/", /\.jsonata$/),
    properties: new Set(schemas.flatMap((path) => propertiesIn(parse(texts[path] ?? "")))),
  };
}

/** The names under `properties`, at any depth. */
function propertiesIn(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties = {}, ...rest } = schema as {
    readonly properties?: Readonly<Record<string, unknown>>;
  };
  const below = [...Object.values(properties), ...Object.values(rest)].flatMap(propertiesIn);
  // What a look-up from memory says of its age is the engine's word.
  return [...Object.keys(properties), ...below].filter((name) => name !== "asOf");
}

/** How a domain, by its number, writes what the first writes. */
function renaming(names: Names, number: number) {
  const prefix = `d${number}-`;
  const word = (all: readonly string[]): string =>
    all.map((one) => one.replaceAll(/[.]/g, "\\.")).join("|");
  const { systems, adapters, flows, codes, events, mappings, properties } = names;
  const owners = word([...systems, ...adapters]);
  const before = String.raw`(?<![\w$./@-])`;
  type Rules = readonly (readonly [RegExp, string])[];
  const everywhere: Rules = [
    [
      new RegExp(`(^codes: |\\$(?:hasC|c)ode\\(['"])(?=(?:${word(codes)})['"\n])`, "gm"),
      `$1${prefix}`,
    ],
    [new RegExp(`(\\$xref\\('[a-z-]+', ')(?=${word(systems)})`, "g"), `$1${prefix}`],
  ];
  const inYaml: Rules = [
    [new RegExp(`${before}(canonical|vendor)/(?=[a-z])`, "g"), `$1/${prefix}`],
    [new RegExp(`${before}(?=(?:${word(mappings)})(?![\\w/@-]))`, "g"), prefix],
    // Operations, events, webhooks and polls are named after who has them.
    [new RegExp(`${before}(?=(?:${owners})\\.[a-zA-Z])`, "g"), prefix],
    [
      new RegExp(`((?:^|[{,( ])(?:adapter|system|plays|x-system-of-record): )(?=${owners})`, "gm"),
      `$1${prefix}`,
    ],
    // What a golden record is made of.
    [new RegExp(`(^ +)(?=(?:${word(systems)}): "\\$\\{)`, "gm"), `$1${prefix}`],
  ];
  const inFlows: Rules = [
    [new RegExp(`${before}(?=(?:${word(events)})(?![\\w.-]))`, "g"), prefix],
    [
      new RegExp(`((?:^|[{,([ -])(?:flow|run):? )(?=(?:${word(flows)})(?![\\w.-]))`, "gm"),
      `$1${prefix}`,
    ],
    [/((?:get|post): "?\/)(?=[a-z-]+\b)/g, `$1d${number}/`],
  ];
  const rulesOf = (path: string): Rules => [
    ...everywhere,
    ...(path.endsWith(".yaml") ? inYaml : []),
    ...(/^flows\/(?:process|experience)\/|facts|won/.test(path) ? inFlows : []),
  ];
  const own = (text: string): string =>
    text.replaceAll(/(?<![\w$-])[A-Za-z]\w*(?![\w-])/g, (name) =>
      /[a-z_][A-Z]|[A-Z][a-z]/.test(name) && properties.has(name) ? `${name}D${number}` : name,
    );
  return {
    text: (path: string, text: string): string =>
      own(rulesOf(path).reduce((written, [pattern, by]) => written.replaceAll(pattern, by), text)) +
      (path.endsWith(".yaml") ? `# Domain ${number}.\n` : `/* Domain ${number}. */\n`),
    path: (path: string): string =>
      path.replace(/^(flows\/\w+|mappings|schemas\/\w+)\//, `$1/${prefix}`),
  };
}

/** The settings with the systems of every domain, each played by its own adapter. */
function withPlayers(settings: string, { systems }: Names, count: number): string {
  return settings.replaceAll(
    /^ {2}([a-z]+): ([a-z-]+)(?: #.*)?$/gm,
    (line, system: string, adapter: string) =>
      systems.includes(system)
        ? [
            line,
            ...Array.from(
              { length: count - 1 },
              (_, index) => `  d${index + 2}-${system}: d${index + 2}-${adapter}`,
            ),
          ].join("\n")
        : line,
  );
}
