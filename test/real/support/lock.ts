import { createServer, type Server } from "node:net";

const againMs = 300;

/**
 * Waits until no other test file holds it: whoever listens on the port of `SLUICE_REAL_LOCK`. It ends with
 * the process at the latest. What it gives lets go of it.
 */
export async function takeLock(): Promise<() => Promise<void>> {
  const port = Number(process.env["SLUICE_REAL_LOCK"]);
  for (;;) {
    const server = await listening(port);
    if (server !== undefined) {
      return () =>
        new Promise((resolve) => {
          server.close(() => {
            resolve();
          });
        });
    }
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}

function listening(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(undefined);
    });
    server.listen(port, "127.0.0.1", () => {
      resolve(server);
    });
  });
}
