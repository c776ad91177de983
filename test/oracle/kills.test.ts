import { expect } from "chai";

import { keyOf, type Lives, type Said } from "../../bench/kills/lives.ts";
import { runKills } from "../../bench/kills/run.ts";
import { verify } from "../../bench/kills/verify.ts";
import { openGuard } from "../../oracle/src/store/dataDir.ts";
import { Scratch } from "./support/scratch.ts";

const SEED = 7;

describe(`oracle: a node that is killed under load (seed ${SEED})`, () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  it("loses no decision it answered and signs none of them twice differently, over three deaths", async () => {
    const directory = scratch.dir();
    const run = { directory, payments: 300, times: 3, longestMs: 600, seed: SEED, durability: "process" } as const;
    const { lives, verdict } = await runKills(run);
    expect(lives.answers).to.be.greaterThan(0);
    expect(lives.contradictions).to.deep.equal([]);
    expect(verdict).to.deep.equal({ lost: [], signedOtherwise: [], decidedOtherwise: [] });

    // The verdict sees what it looks for: an answer nobody gave, and a guard that says otherwise.
    const [said] = lives.answered.values();
    if (said === undefined) throw new Error("nothing was answered");
    const dataDir = `${directory}/node/data`;
    const invented: Said = { ...said, asOf: said.asOf + 1 };
    const changed: Said = { ...said, packedFacts: `0x${"01".repeat(32)}` };
    const withAnswer = (one: Said): Lives => ({ ...lives, answered: new Map([[keyOf(one), one]]) });
    for (const one of [invented, changed]) {
      expect(await verify(dataDir, withAnswer(one))).to.deep.include({
        lost: [keyOf(one)],
        decidedOtherwise: [keyOf(one)],
      });
    }
    const guard = await openGuard(`${dataDir}/guard.sqlite`);
    await guard
      .updateTable("guard")
      .set({ signature: `0x${"22".repeat(64)}` })
      .where("subject", "=", said.id)
      .execute();
    await guard.destroy();
    expect((await verify(dataDir, withAnswer(said))).signedOtherwise).to.deep.equal([keyOf(said)]);
  });
});
