import type { IConfiguration } from "dependency-cruiser";

/** What each room of `engine/` may import beside itself, and why no more. */
const rooms: Record<string, [mayImport: string[], why: string]> = {
  errors: [[], "Everything may speak of errors, so errors speak of nothing."],
  model: [["errors"], "Plain data: whoever holds a message needs no engine."],
  mapping: [["model", "errors"], "The only door to JSONata: pure, bounded, knows no flow."],
  validation: [["model", "errors"], "The only door to ajv."],
  steps: [
    ["mapping", "validation", "model", "errors"],
    "A step kind says what it does; core says when.",
  ],
  spec: [
    ["steps", "mapping", "validation", "model", "errors"],
    "Text in, generation and findings out: no disk, no clock.",
  ],
  scaffold: [
    ["spec", "model", "errors"],
    "Writes an adapter's first texts from what a vendor publishes; knows no disk.",
  ],
  core: [["model", "errors", "steps"], "Decides, never does."],
  rehearsal: [
    ["core", "steps", "mapping", "model", "errors"],
    "Runs a flow with nothing behind it: there is no store or sender here to be switched off.",
  ],
  ports: [["model", "errors"], "What the world must give, said without the world."],
  runtime: [
    ["core", "spec", "ports", "model", "errors"],
    "Moves decisions between ports; knows no database and no protocol.",
  ],
  store: [["ports", "model", "errors"], "One implementation of a port; nobody else's secrets."],
  channels: [["ports", "model", "errors"], "Protocols at the edge: strangers to core and store."],
  insight: [
    ["ports", "model", "errors"],
    "Reads what the runs recorded, and tells people: it decides nothing and sends no effect.",
  ],
  governance: [
    ["ports", "model", "errors"],
    "Lets go of what is over, by the workspace's own rules: it decides nothing and sends nothing.",
  ],
  replay: [
    ["ports", "model", "errors"],
    "Chooses, meters and follows what is processed again; the engine does it, and rehearsal foresees it.",
  ],
  composition: [
    [
      "core",
      "rehearsal",
      "runtime",
      "store",
      "channels",
      "insight",
      "governance",
      "replay",
      "spec",
      "steps",
      "mapping",
      "validation",
      "ports",
      "model",
      "errors",
    ],
    "Puts the rooms together, and is what the front door opens: no room knows how it is composed.",
  ],
  testing: [
    [
      "core",
      "spec",
      "runtime",
      "ports",
      "model",
      "errors",
      "channels",
      "store",
      "governance",
      "replay",
    ],
    "The world for tests and the demo, built from the product's own parts.",
  ],
};

const pure = ["errors", "model", "mapping", "validation", "steps", "spec", "scaffold", "core"];
const room = (name: string) => `^engine/${name}/`;
/** Each package has one home: a swap touches one room. */
const homes: Record<string, string> = {
  jsonata: room("mapping"),
  re2js: room("mapping"),
  "big.js": room("mapping"),
  ajv: room("validation"),
  "ajv-formats": room("validation"),
  yaml: "^(engine/spec/|test/)",
  "better-sqlite3": "^(engine/store/sqlite/|test/)",
  jose: room("channels"),
  "fast-xml-parser": room("channels"),
  "csv-parse": room("channels"),
  "csv-stringify": room("channels"),
  undici: "^(engine/channels/|test/|bench/)",
  croner: room("channels"),
  "prom-client": room("channels"),
  chokidar: "^cli/",
  commander: "^cli/",
  "cli-table3": "^cli/",
};

const config: IConfiguration = {
  forbidden: [
    ...Object.entries(rooms).map(([name, [may, why]]) => ({
      name: `${name}-keeps-to-itself`,
      severity: "error" as const,
      comment: why,
      from: { path: room(name) },
      to: { path: "^(engine|cli|test|tools|bench)/", pathNot: [room(name), ...may.map(room)] },
    })),
    {
      name: "every-room-has-a-row",
      severity: "error",
      comment: "A new folder under engine/ needs a row above: what it may import, and why.",
      from: { path: "^engine/[^/]+/", pathNot: Object.keys(rooms).map(room) },
      to: {},
    },
    {
      name: "pure-rooms-know-no-node",
      severity: "error",
      comment: "Clock, disk, network and luck come in with the event.",
      from: { path: pure.map(room) },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "cli-enters-by-the-front-door",
      severity: "error",
      comment:
        "The CLI uses what any embedding program may use: engine/index.ts, and engine/testing/index.ts for the estate.",
      from: { path: "^cli/" },
      to: { path: "^engine/", pathNot: ["^engine/index\\.ts$", "^engine/testing/index\\.ts$"] },
    },
    {
      name: "channels-are-strangers",
      severity: "error",
      comment: "A channel that needs another's code wants it in channels/shared or in a port.",
      from: { path: "^engine/channels/([^/]+)/" },
      to: {
        path: "^engine/channels/[^/]+/",
        pathNot: ["^engine/channels/$1/", "^engine/channels/shared/"],
      },
    },
    {
      name: "no-cycle",
      severity: "error",
      comment: "Two files that need each other are one file, or three.",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      comment: "An import that leads nowhere.",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-dev-in-product",
      severity: "error",
      comment: "What ships may not lean on what only builds it.",
      from: { path: "^(engine|cli)/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["type-only"],
      },
    },
    ...Object.entries(homes).map(([name, home]) => ({
      name: `${name.replace(".", "-")}-has-one-home`,
      severity: "error" as const,
      comment: "Each package has one home: a swap touches one room.",
      from: { path: "^(engine|cli)/", pathNot: home },
      to: { path: `^node_modules/${name}/` },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types", "default"],
      extensions: [".ts", ".js", ".d.ts", ".json"],
    },
  },
};

export default config;
