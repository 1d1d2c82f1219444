// Serves stripe-stateful-mock on a free loopback port: node server.mjs MODULES URL_FILE
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [, , modules = "", urlFile = ""] = process.argv;
const mock = /** @type {{ createExpressApp: () => import("node:http").RequestListener }} */ (
  createRequire(modules)("stripe-stateful-mock")
);
const server = createServer(mock.createExpressApp());
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : "";
  writeFileSync(urlFile, `http://127.0.0.1:${port}`);
});
