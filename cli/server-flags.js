/**
 * How V8 runs a server. It would let the space of new objects grow to 128 MB, most of it garbage, and
 * more than all the rest of the engine; with 32 MB it works no harder that one could measure. V8
 * takes this at its start only. Plain JavaScript: the bin of the command line reads it.
 */
export const serverFlags = ["--max-semi-space-size=16"];
