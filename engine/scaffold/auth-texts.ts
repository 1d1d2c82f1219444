import type { Json } from "../model/json.ts";
import type { VendorApi } from "./vendor-api.ts";

/** `auth` of the adapter, with what it names. */
export interface AuthTexts {
  readonly auth: Json;
  readonly secrets: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, Declared>>;
  readonly left?: readonly string[];
}

export interface Declared {
  readonly description: string;
  readonly default: string;
}

export function authTexts({ auth, baseUrl, region }: VendorApi, prefix: string): AuthTexts {
  const token = `${prefix}_TOKEN`;
  switch (auth.kind) {
    case "none":
      return {
        auth: { none: true },
        secrets: {},
        left: [
          "auth: none: true sends no credentials; say how we prove who we are, such as auth: { bearer: <SECRET> }",
        ],
      };
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
    case "sigv4": {
      const [key, secret] = [`${prefix}_ACCESS_KEY`, `${prefix}_SECRET_KEY`];
      const service = serviceOf(baseUrl);
      return {
        auth: {
          sigv4: {
            "access-key": key,
            "secret-key": secret,
            region: `\${ $env.${prefix}_REGION }`,
            service,
          },
        },
        secrets: { [key]: "Id of our access key there.", [secret]: "The key itself." },
        env: {
          [`${prefix}_REGION`]: { description: "Our region.", default: region ?? "us-east-1" },
        },
        left: [`auth: the service's name in a signature; ${service} is written, by its address`],
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

/** `https://events.eu-central-1.example.com`: the service is the first label. */
function serviceOf(baseUrl: string | undefined): string {
  const [label = ""] = (URL.parse(baseUrl ?? "")?.hostname ?? "").split(".");
  return /^[a-z][a-z0-9-]*$/.test(label) ? label : "execute-api";
}
