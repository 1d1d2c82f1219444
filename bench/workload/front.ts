import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Event, readEvent } from "./steps.ts";

/**
 * The HTTP front of the hand-written variants: 202 with the flow's id once `accept` resolved, which
 * must be when the event is on disk. Resolves with the address to post to.
 */
export function front(accept: (event: Event, text: string) => Promise<string>): Promise<string> {
  const reply = async (text: string, response: ServerResponse): Promise<void> => {
    const event = readEvent(text);
    const status = event === undefined ? 422 : 202;
    const body = event === undefined ? "{}" : `{"id":"${await accept(event, text)}"}`;
    response.writeHead(status, {
      "content-type": "application/json",
      "content-length": body.length,
    });
    response.end(body);
  };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      void reply(Buffer.concat(chunks).toString(), response);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve(`http://127.0.0.1:${port}/flows`);
    });
  });
}
