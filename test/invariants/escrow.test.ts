import { expect } from "chai";

import { fuzzRuns } from "../shared/random.ts";
import { deployStage } from "./stage.ts";
import { walk, type Tally } from "./walk.ts";

/**
 * docs/concepts/invariants.md in short walks; `npm run fuzz:escrow` takes long ones. SLUICE_FUZZ_RUNS is the number of
 * blocks, each of up to 32 calls.
 */
const BLOCKS = 25;
const SEED = 71_000;
/** The escrow's, a vote, and a change of mood. */
const OPERATIONS = 19;
const walks = Math.ceil(fuzzRuns(100) / BLOCKS);

describe("Invariants of the escrow under random walks", () => {
  const stage = deployStage();
  const tally: Tally = new Map();
  for (let index = 0; index < walks; index += 1) {
    const seed = SEED + index;
    it(`hold on the walk of seed ${seed}`, async () => {
      await walk(await stage, seed, BLOCKS, tally);
    });
  }

  it("are put to the test by every operation, each of which went through", () => {
    const idle = [...tally].filter(([, { through }]) => through === 0).map(([name]) => name);
    expect(idle).to.deep.equal([]);
    expect(tally.size).to.equal(OPERATIONS);
  });
});
