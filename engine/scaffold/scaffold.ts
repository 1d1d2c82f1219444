import { authTexts, type Declared } from "./auth-texts.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { SystemPlan } from "../model/plan/system.ts";
import { writeYaml } from "../spec/index.ts";
import { counterpart, endpointFor, isOtherWord, wordsOf } from "./matching.ts";
import { skeleton } from "./skeletons.ts";
import { type Endpoint, objectAt, type VendorApi } from "./vendor-api.ts";

export interface ScaffoldInput {
  readonly name: string;
  readonly system: SystemPlan & { readonly name: string };
  readonly owner: string;
  readonly schemas: ReadonlyMap<string, Json>;
  readonly api: VendorApi;
}

export interface Scaffold {
  /** Texts by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What `sluice.yaml` must declare, with what it is. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, Declared>>;
  /** What a person has yet to say. */
  readonly left: readonly string[];
}

type Operation = NonNullable<SystemPlan["operations"]>[string];

/** An adapter's first texts: as much as names and methods tell, and a list of all that they do not. */
export function scaffoldAdapter(input: ScaffoldInput): Scaffold {
  const { api, name, owner, system } = input;
  const prefix = name.toUpperCase().replaceAll("-", "_");
  const proof = authTexts(api, prefix);
  const tls = api.mutualTls === undefined ? undefined : tlsOf(prefix);
  const files: Record<string, string> = {};
  const left: string[] = [];
  const operations: Record<string, Json> = {};
  const used: Endpoint[] = [];
  for (const [operation, contract] of Object.entries(system.operations)) {
    const effect = contract.effect;
    const endpoint = endpointFor(operation, effect, api.endpoints);
    if (endpoint === undefined) {
      left.push(
        `${operation} (${effect}): nothing in the document looks like it; write it under operations`,
      );
      continue;
    }
    used.push(endpoint);
    if (isOtherWord(operation, endpoint)) {
      left.push(`${operation}: ${endpoint.path} has another word for it; see that it is the same`);
    }
    const made = operationOf(input, operation, contract, endpoint);
    operations[operation] = made.operation;
    Object.assign(files, made.files);
    left.push(...made.left);
  }
  const shared = hoistHeaders(operations);
  const idempotency = used.flatMap((one) => one.idempotency ?? [])[0];
  const adapter = {
    adapter: name,
    plays: system.name,
    owner,
    "base-url": `\${ $env.${prefix}_URL }`,
    auth: proof.auth,
    ...(tls === undefined ? {} : { tls: tls.tls }),
    ...(Object.keys(shared).length === 0 ? {} : { request: { headers: shared } }),
    ...(idempotency === undefined ? {} : { idempotent: { ...idempotency, valid: "24h" } }),
    errors: [
      { when: "$response.status = 404", class: "business", code: `${system.name}-record-missing` },
      {
        when: "$response.status in [400, 422]",
        class: "invalid",
        code: `${system.name}-rejected-call`,
      },
    ],
    budget: [{ limit: 5, per: "1s" }],
    operations,
  };
  left.push(...(proof.left ?? []));
  if (Object.keys(system.events ?? {}).length > 0) {
    left.push(
      `events ${Object.keys(system.events ?? {}).join(", ")}: say under webhooks or polls how they come`,
    );
  }
  if (idempotency !== undefined) {
    const [where = ""] = Object.values(idempotency);
    left.push(`idempotent: how long the vendor remembers ${where}, and its form; 24h is written`);
  }
  left.push(
    "errors: say what the vendor means by its answers",
    "budget: its limits, as its documentation has them",
  );
  files[`flows/system/${system.name}.${name}.yaml`] = writeYaml(adapter);
  const url = {
    description: `Base URL of ${name}.`,
    default: api.baseUrl ?? "http://127.0.0.1:9009",
  };
  return {
    files,
    secrets: { ...proof.secrets, ...tls?.secrets },
    env: { [`${prefix}_URL`]: url, ...proof.env },
    left,
  };
}

function tlsOf(prefix: string) {
  const [certificate, key] = [`${prefix}_CERTIFICATE`, `${prefix}_KEY`];
  return {
    tls: { certificate, key },
    secrets: {
      [certificate]: "Our client certificate, in PEM.",
      [key]: "Its private key, in PEM.",
    },
  };
}

function operationOf(input: ScaffoldInput, name: string, contract: Operation, endpoint: Endpoint) {
  const { effect } = contract;
  const files: Record<string, string> = {};
  const left: string[] = [];
  const from = objectOf(contract.input, input.schemas);
  const noun = nounOf(name);
  const request: Record<string, Json> = {
    [endpoint.method]: pathOf(endpoint.path, from, noun, name, left),
  };
  const kebab = name.replaceAll(/([A-Z])/g, (letter) => `-${letter.toLowerCase()}`);
  const add = (
    kind: "out" | "in",
    mapping: { readonly from: string; readonly to: string },
    made: ReturnType<typeof skeleton>,
  ) => {
    const path = `${input.name}/${kebab}-${kind}`;
    files[`mappings/${path}.jsonata`] = made.text;
    files[`mappings/${path}.yaml`] = writeYaml({ mapping: path, ...mapping, owner: input.owner });
    if (made.left.length > 0) {
      const fields = made.left.map((field) => `"${field}"`).join(", ");
      const words = made.left.length === 1 ? "has no counterpart" : "have no counterpart";
      left.push(`mappings/${path}.jsonata: ${fields} ${words}`);
    }
    return path;
  };
  const schema = (kind: "request" | "response", body: Json): string => {
    const path = `vendor/${input.name}/${kebab}-${kind}`;
    files[`schemas/${path}.yaml`] = writeYaml({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: `${endpoint.method.toUpperCase()} ${endpoint.path}, ${kind}`,
      owner: input.owner,
      ...(isJsonObject(body) ? body : {}),
    });
    return path;
  };
  if (
    endpoint.request !== undefined &&
    isJsonObject(endpoint.request) &&
    contract.input !== undefined
  ) {
    const to = schema("request", endpoint.request);
    request["body"] = {
      map: add("out", { from: contract.input, to }, skeleton(from, endpoint.request, noun)),
    };
    if (endpoint.encode !== undefined) request["encode"] = endpoint.encode;
  }
  Object.assign(request, wantedBy(endpoint, from, noun, name, left));
  const operation: Record<string, Json> = { request };
  if (effect !== "read") operation["in-doubt"] = recoveryOf(name, endpoint, left);
  if (contract.output !== undefined && isJsonObject(endpoint.response)) {
    const made = skeleton(endpoint.response, objectOf(contract.output, input.schemas), noun);
    const source = schema("response", endpoint.response);
    operation["result"] = { map: add("in", { from: source, to: contract.output }, made) };
  } else if (contract.output !== undefined) {
    left.push(`${name}: the document does not say what is answered; add result`);
  }
  return { operation, files, left };
}

function recoveryOf(name: string, { idempotency, method }: Endpoint, left: string[]): Json {
  if (idempotency !== undefined) return { resend: "same-key" };
  if (method === "put" || method === "patch" || method === "delete") return { resend: "safe" };
  left.push(
    `${name}: stops for a person when its outcome is unknown; say idempotent or in-doubt: { lookup }`,
  );
  return { park: true };
}

const nounOf = (operation: string): string => wordsOf(operation).slice(1).join(" ");

function objectOf(name: string | undefined, schemas: ReadonlyMap<string, Json>): JsonObject {
  const schema = name === undefined ? undefined : schemas.get(name);
  return isJsonObject(schema) ? schema : {};
}

/** Headers and query parameters without which the vendor does nothing. */
function wantedBy(
  { mediaType, request, wanted = [] }: Endpoint,
  from: JsonObject,
  noun: string,
  operation: string,
  left: string[],
): Readonly<Record<string, Json>> {
  const names = Object.keys(objectAt(from, "properties"));
  const given: Record<"header" | "query", Record<string, Json>> = { header: {}, query: {} };
  if (request !== undefined && mediaType !== undefined) given.header["Content-Type"] = mediaType;
  for (const { in: place, name, value } of wanted) {
    const found = counterpart(name, names, noun);
    if (value !== undefined) given[place][name] = value;
    else if (found !== undefined) given[place][name] = `\${ $input.${found} }`;
    else left.push(`${operation}: the vendor wants ${place} "${name}"`);
  }
  return {
    ...(Object.keys(given.query).length === 0 ? {} : { query: given.query }),
    ...(Object.keys(given.header).length === 0 ? {} : { headers: given.header }),
  };
}

/** Takes out the headers that all operations have alike, such as the API's version. */
function hoistHeaders(operations: Record<string, Json>): Readonly<Record<string, Json>> {
  const all = Object.values(operations).map((one) =>
    objectAt(objectAt(isJsonObject(one) ? one : {}, "request"), "headers"),
  );
  const alike = Object.entries(all[0] ?? {}).filter(([name, value]) =>
    all.every((headers) => headers[name] === value),
  );
  const shared = Object.fromEntries(alike);
  for (const [name, operation] of Object.entries(operations)) {
    if (alike.length === 0 || !isJsonObject(operation)) continue;
    const { headers: _, ...request } = objectAt(operation, "request");
    const own = objectAt(objectAt(operation, "request"), "headers");
    const rest = Object.fromEntries(Object.entries(own).filter(([key]) => !(key in shared)));
    const kept = Object.keys(rest).length === 0 ? request : { ...request, headers: rest };
    operations[name] = { ...operation, request: kept };
  }
  return shared;
}

/** Parameters of the path, from properties of the input. */
function pathOf(
  path: string,
  from: JsonObject,
  noun: string,
  operation: string,
  left: string[],
): string {
  const names = Object.keys(objectAt(from, "properties"));
  const last = path.slice(path.lastIndexOf("{") + 1, path.lastIndexOf("}"));
  return path.replaceAll(/\{([^}]*)\}/g, (_, parameter: string) => {
    // The last names the thing itself; of one before it, nothing but its name tells.
    const itself = parameter === last;
    const found =
      counterpart(parameter, names, noun) ??
      (itself ? counterpart("id", names, noun) : undefined) ??
      (itself ? names.find((name) => name.endsWith("Id")) : undefined);
    if (found === undefined) {
      left.push(`${operation}: the path's "${parameter}" has no counterpart in the input`);
      return parameter;
    }
    return `\${ $input.${found} }`;
  });
}
