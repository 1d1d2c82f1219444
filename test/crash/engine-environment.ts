import { join } from "node:path";
import process from "node:process";
import { cacheEnvironment } from "../compiled.ts";

const compileCache = join(import.meta.dirname, "../../node_modules/.cache/sluice-crash");

/** What an engine in a process of its own is given: nothing of ours but the path, and where compiled parts are kept. */
export function engineEnvironment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    NO_COLOR: "1",
    NODE_COMPILE_CACHE: compileCache,
    ...cacheEnvironment(),
    ...env,
  };
}
