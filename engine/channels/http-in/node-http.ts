import { getBuiltinModule } from "node:process";

/**
 * What is used of `node:http`. An `import` of any name reads all of its names, and some of them load
 * node's own client and its WebSocket: a twentieth of a start, for nothing.
 */
export const { createServer: createHttpServer, STATUS_CODES } = getBuiltinModule("node:http");
