import { entryOf, type MapEntry, textOf, valueOf } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";

export const authIncomplete: Rule = {
  code: "auth/incomplete",
  docs: "Each grant of OAuth 2 is proven by something else: client credentials by the client's secret or a JWT, a refresh token by the first token, a signed assertion by its key. A token of OAuth 1 signs with its secret.",
  wrong: "auth: { oauth2: { token-url: …, grant: jwt-bearer, client: CRM_CLIENT } }",
  right:
    "auth: { oauth2: { token-url: …, grant: jwt-bearer, client: CRM_CLIENT, jwt: { key: CRM_KEY } } }",
  check(workspace, report) {
    for (const { node } of workspace.adapters) {
      const oauth = entryOf(valueOf(node, "auth"), "oauth2");
      const isShown = entryOf(valueOf(node, "tls"), "certificate") !== undefined;
      if (oauth !== undefined) checkGrant(oauth, isShown, report);
      const signed = entryOf(valueOf(node, "auth"), "oauth1");
      if (signed !== undefined) checkToken(signed, report);
    }
  },
};

function checkToken({ value }: MapEntry, report: Report): void {
  const [token, secret] = [entryOf(value, "token"), entryOf(value, "token-secret")];
  const lone = token ?? secret;
  if (lone === undefined || (token !== undefined && secret !== undefined)) return;
  const lacks = token === undefined ? "token" : "token-secret";
  report(
    lone.keyAt,
    `"${lone.key}" is given without "${lacks}": the partner refuses the signature`,
    {
      help: `add ${lacks}: <secret>, or remove ${lone.key} where the client speaks for itself`,
    },
  );
}

/** A client that shows its certificate is proven by it (RFC 8705). */
function checkGrant(oauth: MapEntry, isShown: boolean, report: Report): void {
  const has = (key: string): boolean => valueOf(oauth.value, key) !== undefined;
  const grant = entryOf(oauth.value, "grant");
  const at = grant?.keyAt ?? oauth.keyAt;
  const name = textOf(grant?.value) ?? "";
  if (name === "jwt-bearer" && !has("jwt")) {
    report(at, 'grant "jwt-bearer" signs an assertion, and no key is given', {
      help: "add jwt: { key: <secret> } with the private key",
    });
  }
  if (name === "client-credentials" && !has("secret") && !has("jwt") && !isShown) {
    report(at, 'grant "client-credentials" proves nothing without a secret or a key', {
      help: "add secret: <secret>, jwt: { key: <secret> } where the client signs, or tls where it shows a certificate",
    });
  }
  if (name === "refresh-token" && !has("refresh-token")) {
    report(at, 'grant "refresh-token" has no first token', {
      help: "add refresh-token: <secret> with the token that a person was given",
    });
  }
  if (name !== "refresh-token" && has("refresh-token")) {
    report(at, `grant "${name}" uses no refresh token, and one is named`, {
      help: "say grant: refresh-token, or remove the token",
    });
  }
}
