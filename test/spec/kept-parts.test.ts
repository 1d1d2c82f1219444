import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileWorkspace, ReadCache } from "../../engine/spec/index.ts";
import { keptParts } from "../engine/spec/kept-parts.ts";
import { beforeCase, digest, withCase } from "./workspace.ts";

const folder = join(import.meta.dirname, "golden");
const cases = globSync("**/*.yaml", { cwd: folder }).toSorted();

/** One for all cases: what one of them leaves must not change what is found of another. */
const kept = keptParts();

test.each(cases)("%s: what was kept of parts makes the same findings", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const files = withCase(text);
  const present = new Set(["ERP_TOKEN", "CRM_SECRET", "ERP_URL", "SHOP_WEBHOOK_SECRET"]);
  const against = beforeCase(text);
  const options = {
    digest,
    presentSecrets: present,
    presentEnv: present,
    today: "2026-11-20",
    ...(against === undefined ? {} : { against }),
  };
  const { diagnostics } = compileWorkspace(files, options);
  for (const round of ["first", "again"]) {
    const more = { cache: new ReadCache(kept), kept };
    expect(compileWorkspace(files, { ...options, ...more }).diagnostics, round).toEqual(
      diagnostics,
    );
  }
});
