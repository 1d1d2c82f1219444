import { afterEach, describe } from "vitest";
import type { StoreUnderTest, UseStore } from "./store-fixture.ts";
import { intakeContract } from "./store-intake.contract.ts";
import { knowledgeContract } from "./store-knowledge.contract.ts";
import { laneContract } from "./store-lane.contract.ts";
import { outboxContract } from "./store-outbox.contract.ts";
import { peopleContract } from "./store-people.contract.ts";
import { readerContract } from "./store-reader.contract.ts";
import { waitContract } from "./store-wait.contract.ts";

/** What every store must do. `open` gives an empty one. */
export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`store: ${name}`, () => {
    const opened: StoreUnderTest[] = [];
    const use: UseStore = async () => {
      const made = await open();
      opened.push(made);
      return made;
    };
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.dispose();
    });
    intakeContract(use);
    laneContract(use);
    outboxContract(use);
    waitContract(use);
    knowledgeContract(use);
    peopleContract(use);
    readerContract(use);
  });
}
