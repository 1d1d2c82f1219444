import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * Waits until no other test file holds it: whoever listens on the port of `SLUICE_REAL_LOCK`. It ends with
 * the process at the latest. What it gives lets go of it. Whoever waits is connected to whoever holds
 * it, and hears of the end from that: nobody looks again and again.
 */
export async function takeLock(
  port = Number(process.env["SLUICE_REAL_LOCK"]),
): Promise<() => Promise<void>> {
  for (;;) {
    const held = await listening(port);
    if (held !== undefined) return () => letGo(held);
    await endOfHolder(port);
  }
}

interface Held {
  readonly server: Server;
  readonly waiting: Set<Socket>;
}

function listening(port: number): Promise<Held | undefined> {
  return new Promise((resolve) => {
    const waiting = new Set<Socket>();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on("error", () => {}).on("close", () => waiting.delete(socket));
    });
    server.once("error", () => {
      resolve(undefined);
    });
    server.listen(port, "127.0.0.1", () => {
      resolve({ server, waiting });
    });
  });
}

/** The port is free before anyone who waits hears of it. */
async function letGo({ server, waiting }: Held): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  for (const socket of waiting) socket.destroy();
  await closed;
}

/** At once when nobody holds it any more: a connection is refused then. */
function endOfHolder(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket
      .on("error", () => {})
      .on("close", () => {
        resolve();
      });
    socket.resume();
  });
}
