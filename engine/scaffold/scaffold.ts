import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { SystemPlan } from "../model/plan/system.ts";
import { writeYaml } from "../spec/index.ts";
import { counterpart, endpointFor, wordsOf } from "./matching.ts";
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
  readonly env: Readonly<
    Record<string, { readonly description: string; readonly default: string }>
  >;
  /** What a person has yet to say. */
  readonly left: readonly string[];
}

type Operation = NonNullable<SystemPlan["operations"]>[string];

/** An adapter's first texts: as much as names and methods tell, and a list of all that they do not. */
export function scaffoldAdapter(input: ScaffoldInput): Scaffold {
  const { api, name, owner, system } = input;
  const prefix = name.toUpperCase().replaceAll("-", "_");
  const { auth, secrets } = authOf(api, prefix);
  const tls = api.mutualTls === undefined ? undefined : tlsOf(prefix);
  const idempotency = api.endpoints.flatMap((one) => one.idempotency ?? [])[0];
  const files: Record<string, string> = {};
  const left: string[] = [];
  const operations: Record<string, Json> = {};
  for (const [operation, contract] of Object.entries(system.operations)) {
    const effect = contract.effect;
    const endpoint = endpointFor(operation, effect, api.endpoints);
    if (endpoint === undefined) {
      left.push(
        `${operation} (${effect}): nothing in the document looks like it; write it under operations`,
      );
      continue;
    }
    const made = operationOf(input, operation, contract, endpoint);
    operations[operation] = made.operation;
    Object.assign(files, made.files);
    left.push(...made.left);
  }
  const adapter = {
    adapter: name,
    plays: system.name,
    owner,
    "base-url": `\${ $env.${prefix}_URL }`,
    auth,
    ...(tls === undefined ? {} : { tls: tls.tls }),
    ...(idempotency === undefined ? {} : { idempotent: { header: idempotency, valid: "24h" } }),
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
  if (api.auth.kind === "none") {
    left.push(
      "auth: none: true sends no credentials; say how we prove who we are, such as auth: { bearer: <SECRET> }",
    );
  }
  if (Object.keys(system.events ?? {}).length > 0) {
    left.push(
      `events ${Object.keys(system.events ?? {}).join(", ")}: say under webhooks or polls how they come`,
    );
  }
  if (idempotency !== undefined) {
    left.push(`idempotent: how long the vendor remembers ${idempotency}; 24h is written`);
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
  return { files, secrets: { ...secrets, ...tls?.secrets }, env: { [`${prefix}_URL`]: url }, left };
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

function authOf(
  { auth }: VendorApi,
  prefix: string,
): { readonly auth: Json; readonly secrets: Readonly<Record<string, string>> } {
  const token = `${prefix}_TOKEN`;
  switch (auth.kind) {
    case "none":
      return { auth: { none: true }, secrets: {} };
    case "basic": {
      const [user, password] = [`${prefix}_USER`, `${prefix}_PASSWORD`];
      return {
        auth: { basic: { user, password } },
        secrets: { [user]: "Our user there.", [password]: "Its password." },
      };
    }
    case "bearer":
      return { auth: { bearer: token }, secrets: { [token]: "Our token there." } };
    case "header":
    case "query":
      return {
        auth: { [auth.kind]: { [auth.name]: `\${ $secret.${token} }` } },
        secrets: { [token]: "Our key there." },
      };
    case "oauth1": {
      const [consumer, secret] = [`${prefix}_CONSUMER`, `${prefix}_CONSUMER_SECRET`];
      const tokenSecret = `${token}_SECRET`;
      return {
        auth: {
          oauth1: { consumer, "consumer-secret": secret, token, "token-secret": tokenSecret },
        },
        secrets: {
          [consumer]: "Key of our application there.",
          [secret]: "Its secret.",
          [token]: "Our token there.",
          [tokenSecret]: "Its secret.",
        },
      };
    }
    case "oauth2": {
      const [client, secret] = [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`];
      const { grant, tokenUrl } = auth;
      const oauth2 = { "token-url": tokenUrl, grant, client, secret };
      const secrets = { [client]: "Our OAuth client there.", [secret]: "Its secret." };
      if (grant === "client-credentials") return { auth: { oauth2 }, secrets };
      const refresh = `${prefix}_REFRESH_TOKEN`;
      return {
        auth: { oauth2: { ...oauth2, "refresh-token": refresh } },
        secrets: { ...secrets, [refresh]: "The refresh token that a person was given." },
      };
    }
  }
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
    for (const field of made.left)
      left.push(`mappings/${path}.jsonata: "${field}" has no counterpart`);
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

/** Parameters of the path, from properties of the input. */
function pathOf(
  path: string,
  from: JsonObject,
  noun: string,
  operation: string,
  left: string[],
): string {
  const names = Object.keys(objectAt(from, "properties"));
  return path.replaceAll(/\{([^}]*)\}/g, (_, parameter: string) => {
    const found =
      counterpart(parameter, names, noun) ??
      counterpart("id", names, noun) ??
      names.find((name) => name.endsWith("Id"));
    if (found === undefined) {
      left.push(`${operation}: the path's "${parameter}" has no counterpart in the input`);
      return parameter;
    }
    return `\${ $input.${found} }`;
  });
}
