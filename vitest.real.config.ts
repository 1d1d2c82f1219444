import { defineConfig } from "vitest/config";
import { ClosingLine } from "./tools/closing-line.ts";

/** Tests on real systems that they install and start themselves: root and apt-get are needed. */
export default defineConfig({
  test: {
    include: ["test/real/**/*.test.ts"],
    reporters: ["default", new ClosingLine()],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});
