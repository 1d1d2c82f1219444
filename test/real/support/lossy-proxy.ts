import { createServer, type IncomingMessage } from "node:http";
import { request } from "undici";

/** Stands before a partner and loses answers on demand: the partner has acted, and nobody hears of it. */
export interface LossyProxy {
  readonly url: string;
  /** The next request whose body holds this text reaches the partner; its answer does not come back. */
  loseAnswerTo(text: string): void;
  /** The same, but the caller is left waiting: resolves when the partner has acted. */
  withholdAnswerTo(text: string): Promise<void>;
  /** How many answers were lost. */
  lost(): number;
  close(): Promise<void>;
}

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  let wanted: string | undefined;
  let withheld: { readonly text: string; readonly acted: () => void } | undefined;
  let lost = 0;
  const server = createServer((incoming, outgoing) => {
    const forward = async () => {
      const body = await textOf(incoming);
      const { authorization } = incoming.headers;
      const answer = await request(`${target}${incoming.url ?? "/"}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(authorization === undefined ? {} : { authorization }),
        },
        body,
      });
      const text = await answer.body.text();
      if (wanted !== undefined && body.includes(wanted)) {
        wanted = undefined;
        lost += 1;
        incoming.socket.destroy();
        return;
      }
      if (withheld !== undefined && body.includes(withheld.text)) {
        lost += 1;
        withheld.acted();
        withheld = undefined;
        return;
      }
      outgoing.writeHead(answer.statusCode, { "content-type": "application/json" }).end(text);
    };
    forward().catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    loseAnswerTo: (text) => {
      wanted = text;
    },
    withholdAnswerTo: (text) =>
      new Promise((acted) => {
        withheld = { text, acted };
      }),
    lost: () => lost,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
