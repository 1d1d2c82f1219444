import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../engine/store/sqlite/index.ts";
import { storeContract } from "./store.contract.ts";

storeContract("sqlite in memory", async () => {
  const store = openStore({ path: ":memory:" });
  return {
    store,
    restart: async () => store,
    dispose: () => store.close(),
  };
});

storeContract("sqlite on disk", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-store-"));
  const path = join(folder, "sluice.db");
  let store = openStore({ path });
  return {
    store,
    async restart() {
      await store.close();
      store = openStore({ path });
      return store;
    },
    async dispose() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});
