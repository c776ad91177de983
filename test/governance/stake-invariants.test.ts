import { fuzzRuns } from "../shared/random.ts";
import { walkStake } from "./stakeWalk.ts";

const STEPS = 80;

describe("SluiceStake: positions, votes, tokens and rewards", () => {
  const runs = fuzzRuns(4);
  for (let seed = 1; seed <= runs; seed += 1) {
    it(`agree with an exact ledger after ${STEPS} random steps of six accounts (seed ${seed})`, () =>
      walkStake(seed, STEPS));
  }
});
