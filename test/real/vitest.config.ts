import { defineConfig } from "vitest/config";
import { ClosingLine } from "../../tools/closing-line.ts";

/** Against partners that nobody here wrote: `npx vitest run --config test/real/vitest.config.ts`. */
export default defineConfig({
  test: {
    name: "real",
    globalSetup: "support/systems.ts",
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    // The first start installs packages and makes a company.
    hookTimeout: 900_000,
    testTimeout: 180_000,
    // They mostly wait for their partners.
    maxWorkers: 3,
    reporters: ["default", new ClosingLine()],
  },
});
