/** The target of the calls, in a process of its own: answers at once, and remembers nothing. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

let answered = 0;
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume();
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
process.on("disconnect", () => process.exit());
