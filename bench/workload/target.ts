/**
 * The target of the calls, in a process of its own: answers at once. With the argument `record` it
 * remembers what came, and tells it when it is asked.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** One call, as the target saw it. */
export interface Call {
  readonly at: number;
  readonly path: string;
  readonly key: string;
  /** The body, as text. */
  readonly body: string;
}

const isRecording = process.argv[2] === "record";
const calls: Call[] = [];
let answered = 0;

function record(request: IncomingMessage): void {
  const chunks: Buffer[] = [];
  const at = performance.timeOrigin + performance.now();
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const key = String(request.headers["idempotency-key"] ?? "");
    calls.push({ at, path: request.url ?? "", key, body: Buffer.concat(chunks).toString() });
  });
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  if (isRecording) record(request);
  else request.resume();
  request.on("end", () => {
    answered += 1;
    const body = `{"id":"${request.url === "/customers" ? "C" : "O"}-${answered}"}`;
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": body.length,
    });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
process.on("message", () => void process.send?.({ calls }));
process.on("disconnect", () => process.exit());
