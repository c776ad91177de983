import { expect } from "chai";

import { random } from "../shared/random.ts";
import { factsFor, questions, storedText, Wanderer } from "./support/histories.ts";
import { Scratch } from "./support/scratch.ts";
import { DIALECTS, freshPlace } from "./support/stores.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 7_300);
/** Histories a database; SLUICE_FUZZ makes it a long run. */
const HISTORIES = Number(process.env["SLUICE_FUZZ"] ?? 0) || 3;
const STEPS = 8;
const QUESTIONS = 60;

describe("oracle: facts are the same bytes whatever a node has been through", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  for (const dialect of DIALECTS) {
    it(`on ${dialect}: other batch sizes, restarts, reorganisations of depth 1 to 32 (seed ${SEED})`, async () => {
      let [reorganisations, restarts, distinct] = [0, 0, 0];
      for (let history = 0; history < HISTORIES; history++) {
        const what = `seed ${SEED}, history ${history}, ${dialect}`;
        const dice = random(SEED + history);
        const node = await Wanderer.begin(dice, await freshPlace(dialect, scratch));
        for (let step = 0; step < STEPS; step++) await node.step();
        const asked = await questions(dice, node.reading, QUESTIONS);
        const own = asked.map((one) => factsFor(one, node.reading, node.chain.timestamp(one.block)));
        const ownText = await storedText(node.reading);
        await node.fresh(await freshPlace("sqlite", scratch), async (fresh) => {
          const theirs = asked.map((one) => factsFor(one, fresh, node.chain.timestamp(one.block)));
          expect(own, what).to.deep.equal(theirs);
          expect(ownText, what).to.equal(await storedText(fresh));
        });
        await node.restart();
        expect(asked.map((one) => factsFor(one, node.reading, node.chain.timestamp(one.block)))).to.deep.equal(own);
        reorganisations += node.counts.reorganisations;
        restarts += node.counts.restarts;
        distinct += new Set(own).size;
        await node.end();
      }
      // The walk went through what it is about, and the questions were not all alike.
      expect(reorganisations).to.be.greaterThan(HISTORIES);
      expect(restarts).to.be.greaterThan(HISTORIES);
      expect(distinct).to.be.greaterThan(10 * HISTORIES);
    });
  }
});
