import { defineConfig } from "vitest/config";
import { ClosingLine } from "./tools/closing-line.ts";

if (!process.version.startsWith("v24.")) {
  throw new Error(
    `the tests need Node 24, and this is ${process.version}: run them by "npm test", after "npm ci" with install scripts on`,
  );
}

/** Layers, cheapest first; `test/real` has its own script, since it starts real systems. */
const layers = [
  "engine",
  "cli",
  "spec",
  "contracts",
  "properties",
  "simulation",
  "crash",
  "house",
  "flows",
  "acceptance",
];

export default defineConfig({
  test: {
    projects: layers.map((name) => ({
      extends: true as const,
      test: { name, include: [`test/${name}/**/*.test.ts`] },
    })),
    globalSetup: "test/cache-folder.ts",
    reporters: ["default", new ClosingLine()],
    // One for each core: most of a test is waiting for a disk or a partner's answer.
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["engine/**/*.ts"],
      reporter: ["text-summary"],
      thresholds: { statements: 93, branches: 86, functions: 93, lines: 94 },
    },
  },
});
