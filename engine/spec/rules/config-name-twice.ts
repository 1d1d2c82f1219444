import { entriesOf, entryOf, valueOf } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";

export const configNameTwice: Rule = {
  code: "config/name-twice",
  docs: "Both come from the same environment: what is meant to be secret would be shown with what is not.",
  wrong: "env: { ERP_TOKEN: { description: Token } }\nsecrets: { ERP_TOKEN: Token of the ERP }",
  right: "secrets: { ERP_TOKEN: Token of the ERP }",
  check({ documents }, report) {
    const node = documents.workspace?.node;
    const secrets = valueOf(node, "secrets");
    for (const { key, keyAt } of entriesOf(valueOf(node, "env"))) {
      const secret = entryOf(secrets, key);
      if (secret === undefined) continue;
      report(keyAt, `"${key}" is declared under env and under secrets`, {
        help: "keep the one that is meant: what is secret under secrets, all else under env",
        related: [{ at: secret.keyAt, message: "it is declared as a secret here" }],
      });
    }
  },
};
