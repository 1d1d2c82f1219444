export { Meter } from "./meter.ts";
export { readAgain } from "./read-again.ts";
export { createServer } from "./server.ts";
export type { HttpServer, Move } from "./server.ts";
export type { ServerOptions } from "./server-options.ts";
export type { EnginePort, EngineView, OutlookView } from "./engine-port.ts";
