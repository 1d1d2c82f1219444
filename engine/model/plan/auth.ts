import {
  boolean,
  choice,
  duration,
  expression,
  kind,
  object,
  oneOrMany,
  optional,
  record,
  reference,
  singleTemplate,
  template,
  text,
  variant,
} from "../field.ts";
import { errorRules, requestFields } from "./request.ts";

const secretName = reference("secret", "Name of a secret declared in `sluice.yaml`.");

/** What a sender's proof may be read from. */
const proofRoots = ["body", "item", "headers", "query", "request", "vars", "env"] as const;

/** Where a signature stands, and what it signs: the raw bytes, or values of the body. */
const signatureFields = {
  header: optional(text("Header that carries the signature.")),
  signature: optional(
    expression(
      "Instead of `header`: where the body itself carries the signature. With `$item`, each of `items` has its own, and all must hold.",
      proofRoots,
    ),
  ),
  signed: optional(
    text(
      "What is signed: `{body}` unless told, or such as `{t}.{body}`, `{timestamp}{body}`, `{method}{uri}{body}{timestamp}`. `{path}` is the request's path with its query, `{uri}` the whole address, any other name a header.",
    ),
  ),
  over: optional(
    expression(
      "Instead of `signed`: the text that is signed, where it is made of values and not of bytes.",
      proofRoots,
    ),
  ),
  url: optional(
    template(
      "`{uri}` as the sender was told it; unless told, made of X-Forwarded-Proto, X-Forwarded-Host or Host, and the path.",
      ["env"],
    ),
  ),
  format: optional(
    text(
      "How the header is written: `{signature}` unless told, or such as `t={t},v1={signature}`, `ts={t};h1={signature}` or `{t},{signature}`.",
    ),
  ),
  timestamp: optional(text("Header that carries the time, where the signature header does not.")),
  sent: optional(expression("The time that was signed, where the body carries it.", proofRoots)),
  encoding: optional(choice(["hex", "base64"], "Of the signature; hex unless told.")),
  algorithm: optional(choice(["sha256", "sha1", "sha512"], "sha256 unless told.")),
  tolerance: optional(duration("Greatest age of the time that was signed; 5m unless told.")),
  that: optional(
    expression(
      "Must be true besides, such as `$query.bodySHA256 = $request.sha256` where only a digest of the body is signed.",
      proofRoots,
    ),
  ),
};

const jwtRoots = [...proofRoots, "claims"] as const;

export const verify = variant(
  {
    hmac: kind("An HMAC over the raw bytes, or over values.", secretListOrOne(), {
      ...signatureFields,
      key: optional(
        choice(["text", "hex", "base64"], "How the secret is written; text unless told."),
      ),
    }),
    "public-key": kind(
      "A signature by a private key of the sender (RSA, ECDSA, Ed25519): the secret is its public key, in PEM, as base64 of DER, or as the 32 bytes of Ed25519.",
      secretListOrOne(),
      signatureFields,
    ),
    jwt: kind(
      "A JSON Web Token (RFC 7519) that the sender signed.",
      object(
        {
          keys: optional(template("Address of the sender's keys (JWKS).", ["env", "vars"])),
          "public-key": optional(
            reference("secret", "Instead of `keys`: its public key, in PEM or as base64 of DER."),
          ),
          secret: optional(reference("secret", "Instead of `keys`: a shared secret (HS256).")),
          header: optional(text("Header that carries the token; Authorization unless told.")),
          prefix: optional(
            text("What stands before it; `Bearer ` in Authorization, else nothing, unless told."),
          ),
          issuer: optional(template("`iss` that it must have.", ["env", "vars"])),
          audience: optional(template("`aud` that it must have.", ["env", "vars"])),
          age: optional(
            duration("Greatest age by `iat`; 5m unless told for a token without `exp`."),
          ),
          that: optional(
            expression(
              "Must be true of its `$claims`, such as `$claims.payload_hash = $request.sha256`: a token alone says nothing of the body.",
              jwtRoots,
            ),
          ),
        },
        "The token: where it stands and what it must say.",
      ),
    ),
    token: kind("A shared token in a header, in the address or in the body.", secretListOrOne(), {
      header: optional(text("Header that carries it, such as Authorization.")),
      query: optional(
        text("Query parameter that carries it, where the sender can set nothing but the address."),
      ),
      given: optional(
        expression(
          "Instead of both: where the body carries it, such as `$item.clientState`. With `$item`, each of `items` has its own, and all must hold.",
          proofRoots,
        ),
      ),
      prefix: optional(text("What stands before it, such as `Bearer `.")),
    }),
    basic: kind(
      "HTTP Basic (RFC 7617).",
      object({ user: secretName, password: secretName }, "Names of the two secrets."),
    ),
    none: kind(
      "Anyone may call: only for a network that nobody else reaches.",
      boolean("Always true."),
    ),
  },
  "How a caller proves who it is.",
);

/** Our own proof for a vendor's check of a new endpoint. */
export const proof = object(
  {
    of: expression(
      "The text that the vendor gave to prove that we have the secret; `$secret` may be named where a digest is made of it.",
      ["body", "query", "headers", "vars", "env", "request", "secret"],
    ),
    hmac: optional(
      reference("secret", "Key of the HMAC; without it, the proof is a plain digest."),
    ),
    algorithm: optional(choice(["sha256", "sha1", "sha512"], "sha256 unless told.")),
    encoding: optional(choice(["hex", "base64"], "hex unless told.")),
  },
  "A digest that `answer` may name as `$proof`.",
);

/** What a log-in may be made of. */
const logInRoots = ["secret", "env", "vars"] as const;

function secretListOrOne() {
  return oneOrMany(secretName, "Secret, or several while one is being replaced.");
}

export const auth = variant(
  {
    none: kind("No credentials.", boolean("Always true.")),
    basic: kind(
      "HTTP Basic (RFC 7617).",
      object(
        {
          user: secretName,
          password: optional(
            reference("secret", "A secret, too; empty unless told, for an API key as user."),
          ),
        },
        "Names of the secrets.",
      ),
    ),
    bearer: kind("A bearer token (RFC 6750).", secretName),
    header: kind(
      "Credentials in headers.",
      record(template("Value; `$secret` may be named here.", ["secret", "env"]), "Header by name."),
    ),
    query: kind(
      "Credentials in the query, where a vendor takes them nowhere else.",
      record(template("Value; `$secret` may be named here.", ["secret", "env"]), "By parameter."),
    ),
    body: kind(
      "Credentials in the body, for RPC that wants them among its arguments. What is stored and shown is the body without them.",
      record(
        template("Value; `$secret` may be named here.", ["secret", "env"]),
        "By JSON Pointer, such as `/params/args/2`; the body has a place for it, such as null.",
      ),
    ),
    session: kind(
      "A log-in whose result goes with each request.",
      object(
        {
          login: object(
            {
              ...requestFields,
              query: optional(
                record(template("Value; null leaves it out.", logInRoots), "Query parameters."),
              ),
              headers: optional(record(singleTemplate("Value.", logInRoots), "Request headers.")),
              body: optional(template("Log-in body.", logInRoots)),
              result: expression("Becomes `$session`; `$response.cookies` holds cookies by name.", [
                "response",
              ]),
              errors: optional(errorRules("Failures of the log-in.")),
            },
            "The log-in request.",
          ),
          send: optional(
            record(
              template("Value.", ["secret", "session", "env"]),
              "Headers added to each request.",
            ),
          ),
          body: optional(
            record(
              template("Value.", ["secret", "session", "env"]),
              "Put into each request's body, by JSON Pointer.",
            ),
          ),
          renew: optional(
            object(
              {
                when: optional(
                  expression("The session is dead; status 401 unless told.", ["response"]),
                ),
                idle: optional(duration("Log in anew after so long without a request.")),
              },
              "When to log in anew.",
            ),
          ),
        },
        "Session log-in; one at a time per adapter.",
      ),
    ),
    oauth1: kind(
      "OAuth 1.0 (RFC 5849): each request is signed by HMAC, as NetSuite's token-based authentication wants it.",
      object(
        {
          consumer: reference("secret", "The client's key (consumer key)."),
          "consumer-secret": reference("secret", "Its secret."),
          token: optional(
            reference("secret", "Token id; none where the client speaks for itself."),
          ),
          "token-secret": optional(reference("secret", "The token's secret.")),
          algorithm: optional(choice(["sha256", "sha1"], "Of the HMAC; sha256 unless told.")),
          realm: optional(
            template("Realm of the header, such as NetSuite's account id.", ["env", "vars"]),
          ),
        },
        "Names of the secrets that sign.",
      ),
    ),
    sigv4: kind(
      "AWS Signature Version 4: each request is signed by HMAC for one region and service.",
      object(
        {
          "access-key": reference("secret", "Id of the access key."),
          "secret-key": reference("secret", "The secret access key."),
          "session-token": optional(
            reference("secret", "Token of temporary credentials, which goes with each request."),
          ),
          region: template("Region, such as eu-central-1.", ["env", "vars"]),
          service: text(
            "Service, as AWS names it in a signature, such as ses, sqs, events or execute-api.",
            /^[a-z0-9-]+$/,
            "a service's name in a signature, such as ses, sqs, events or execute-api",
          ),
        },
        "Names of the secrets that sign, and for what.",
      ),
    ),
    oauth2: kind(
      "OAuth 2: client credentials or refresh token (RFC 6749), or a signed assertion (RFC 7523).",
      object(
        {
          "token-url": template("Token endpoint.", ["env"]),
          grant: choice(["client-credentials", "refresh-token", "jwt-bearer"], "Grant type."),
          client: secretName,
          secret: optional(
            reference("secret", "The client's secret; none where `jwt` proves who we are."),
          ),
          "refresh-token": optional(
            reference(
              "secret",
              "The first one. One that the partner gives in its place is kept, sealed by the client's secret, and used from then on.",
            ),
          ),
          scope: optional(text("Scopes, separated by blanks.")),
          jwt: optional(
            object(
              {
                key: reference(
                  "secret",
                  "Private key in PEM (PKCS 8); for HS256 the shared secret.",
                ),
                algorithm: optional(
                  choice(["RS256", "PS256", "ES256", "EdDSA", "HS256"], "RS256 unless told."),
                ),
                "key-id": optional(
                  template("`kid` of the header; `$secret` may be named here.", ["secret", "env"]),
                ),
                issuer: optional(
                  template("`iss`; the client unless told.", ["secret", "env", "vars"]),
                ),
                subject: optional(
                  template("`sub`; the client unless told.", ["secret", "env", "vars"]),
                ),
                audience: optional(
                  template("`aud`; the token endpoint unless told.", ["secret", "env", "vars"]),
                ),
                claims: optional(
                  record(template("Value.", ["secret", "env", "vars"]), "Further claims."),
                ),
                life: optional(duration("Until it expires; 3m unless told.")),
              },
              "A JWT of our own: with `jwt-bearer` the grant itself, otherwise the client's proof (`private_key_jwt`).",
            ),
          ),
          params: optional(
            record(
              template("Value.", ["secret", "env", "vars"]),
              "Further fields that the token endpoint wants (`account_id`, `resource`).",
            ),
          ),
          "client-in": optional(
            choice(["header", "body"], "Where client and secret go: HTTP Basic unless told."),
          ),
        },
        "Tokens are renewed before they expire, one at a time.",
      ),
    ),
  },
  "How requests are authorised; the only place, with `verify`, where secrets are named.",
);
