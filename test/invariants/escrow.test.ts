import { fuzzRuns, random } from "../shared/random.ts";
import { step } from "./actions.ts";
import { checkConservation, checkDelivery, checkExit, checkSolvency, checkWindows } from "./invariants.ts";
import { createWorld, type World } from "./world.ts";

/**
 * What must hold after any sequence of calls by anybody, at any seconds, under any policies:
 *
 * solvency      Σ capturable + Σ credits ≤ balance of the escrow, for each token; with honest tokens the difference is
 *               exactly what strangers sent to it outside of any payment.
 * conservation  amount = capturable + captured + voided + reclaimed, and refundable = captured − refunded, per payment.
 * delivery      every account has, in its balance and its ledger entry together, what the events say it was paid.
 * windows       no payment can be captured and reclaimed in the same second. (Void is possible at any time: it is the
 *               payee's or the operator's own waiver.)
 * exit          with every attester dead, every unit is out by exitBy(terms), called by a stranger.
 * no panic      every refusal is one of the named errors.
 *
 * A walk takes random steps on two tokens, one with a deny list, with up to six payments open at once, time jumps to the
 * bounds of their windows, votes that change the policy and the epoch, and gifts. SLUICE_FUZZ_RUNS is the number of steps.
 */
const STEPS = 120;
const SEED = 71_000;
const walks = Math.ceil(fuzzRuns(720) / STEPS);

async function walk(world: World): Promise<void> {
  for (let taken = 0; taken < STEPS; taken += 1) {
    const row = await step(world);
    await checkSolvency(world);
    if (row === undefined) continue;
    await checkConservation(world, [row]);
    await checkWindows(world, row);
  }
  await checkConservation(world, world.rows);
  await checkDelivery(world);
  await checkExit(world);
}

describe("Invariants of the escrow under random walks", () => {
  for (let index = 0; index < walks; index += 1) {
    const seed = SEED + index;
    it(`hold on the walk of seed ${seed}`, async () => {
      const world = await createWorld(random(seed));
      try {
        await walk(world);
      } catch (cause) {
        const last = world.log.slice(-12).join("\n  ");
        throw new Error(`seed ${seed}, after ${world.log.length} steps, the last of them\n  ${last}`, { cause });
      }
    });
  }
});
