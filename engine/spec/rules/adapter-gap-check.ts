import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { entryOf, valueOf, type YamlNode } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";

export const adapterGapCheck: Rule = {
  code: "adapter/gap-check",
  docs: "A gap check finds what a webhook did not bring by making the same identity of each row. Under another feed every row would be new, and be processed twice.",
  wrong:
    'webhooks: { events: { feed: orders, dedupe: "$body.id" } }\npolls:\n  missed: { gap-check: { webhook: events }, dedupe: "$item.id" }',
  right:
    'webhooks: { events: { feed: orders, dedupe: "$body.id" } }\npolls:\n  missed: { gap-check: { webhook: events }, feed: orders, dedupe: "$item.id" }',
  check(workspace, report) {
    for (const { plan, node, name } of workspace.adapters) {
      const webhooks = plan.webhooks ?? {};
      for (const [poll, { gapCheck, feed = poll, time, at }] of Object.entries(plan.polls ?? {})) {
        if (gapCheck === undefined) continue;
        const said = valueOf(valueOf(valueOf(node, "polls"), poll), "gap-check");
        const place = placeOf(said) ?? at;
        const webhook = webhooks[gapCheck.webhook];
        if (webhook === undefined) {
          const known = Object.keys(webhooks);
          const meant = didYouMean(gapCheck.webhook, known);
          const message = `adapter "${name}" has no webhook "${gapCheck.webhook}"${meant}`;
          const help = known.length === 0 ? "it has none" : `it has ${listWords(known)}`;
          report(place, message, { help });
          continue;
        }
        const other = webhook.feed ?? gapCheck.webhook;
        if (other !== feed) {
          report(place, `the webhook's feed is "${other}", and this poll's is "${feed}"`, {
            help: `give both the same feed: feed: ${other}`,
          });
        }
        if (time === undefined) {
          report(
            place,
            "nothing says how old a row is, so what is still on its way counts as missed",
            {
              help: "add time: with the row's own time",
            },
          );
        }
      }
    }
  },
};

function placeOf(said: YamlNode | undefined) {
  return entryOf(said, "webhook")?.value.at ?? said?.at;
}
