import { describe, expect, test } from "vitest";
import { callText, flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";
import type { Answer } from "./world/partners.ts";

/** A service of our own (pricing rules) is a system like any other: contract, time-out, fallback. */
const files = texts({
  "sluice.yaml": (texts()["sluice.yaml"] ?? "").replace(
    "support: support-one",
    "support: support-one, pricing: pricing-service",
  ),
  "schemas/canonical/verdict@1.json": JSON.stringify({
    title: "Verdict",
    owner: "ops",
    type: "object",
    required: ["approved"],
    properties: { approved: { type: "boolean" } },
  }),
  "flows/system/pricing.yaml": `system: pricing
owner: ops
operations:
  check: { input: canonical/thing@1, output: canonical/verdict@1, effect: read }
`,
  "flows/system/pricing.pricing-service.yaml": `adapter: pricing-service
plays: pricing
owner: ops
base-url: "\${ $env.PARTNERS_URL & '/pricing' }"
auth: { none: true }
operations:
  check:
    request: { post: /check, body: "\${ $input }" }
    in-doubt: { resend: safe }
    expect:
      that: "$type($result.approved) = 'boolean'"
      error: { class: business, code: pricing-unreadable, message: "the answer says neither yes nor no" }
`,
  "flows/process/post-thing.yaml": flowText(`  - call: pricing.check
    id: verdict
    with: "\${ $message.data }"
    timeout: 5s
    retry: { max: 0 }
    catch:
      - steps:
          - { set: { approved: false, why: "\${ $error.code }" }, id: fallback }
  - stop: { code: by-hand, message: "a person prices it" }
    if: "$steps.verdict = null"
${callText("erp", "create")}`),
});

async function after(answer: Answer): Promise<World> {
  const world = await World.open({
    files,
    arrange: ({ partners }) => {
      partners.answer = ({ system }) => (system === "pricing" ? answer : {});
    },
  });
  await world.tell(made("1"));
  return world;
}

describe("a hand-off to a service of our own", () => {
  test("goes on with its answer", async () => {
    const world = await after({ body: { approved: true } });
    expect(world.partners.story).toEqual(["pricing POST /check 1", "erp POST /things 1"]);
  });

  test.each([
    ["of another shape", { body: { approved: "perhaps" } }],
    ["that is an error", { status: 500, body: {} }],
  ] as const)("takes the fallback for an answer %s", async (_, answer) => {
    const world = await after(answer);
    expect(world.partners.story).toEqual(["pricing POST /check 1"]);
    expect(await world.statuses()).toEqual({ stopped: 1 });
  });
});
