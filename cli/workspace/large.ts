import { setFlagsFromString } from "node:v8";

/** Of more text than this, a compilation makes hundreds of megabytes of objects. */
const largeFrom = 1_000_000;

/**
 * Where a large workspace is compiled, new objects get room at once: in the one megabyte that does for
 * small ones, the collector would run some thousand times, and copy nearly all of it each time.
 */
export function makeRoomFor(files: Readonly<Record<string, string>>): void {
  let length = 0;
  for (const text of Object.values(files)) length += text.length;
  if (length > largeFrom) setFlagsFromString("--semi-space-growth-factor=16");
}
