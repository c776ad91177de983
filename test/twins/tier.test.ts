import { expect } from "chai";

import { capture, post, setPolicy } from "../shared/moves.ts";
import { fuzzRuns, random } from "../shared/random.ts";
import { ledgerOf } from "../shared/state.ts";
import { authorized, deployEscrow, ethers, fixture } from "../shared/suite.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 1_800);
const PROTOCOL_BPS = 40n;

/** The protocol's part, plainly: a quarter less for each tier, none for an answer that is no tier or does not come. */
function plainPart(amount: bigint, manner: number, tier: bigint): bigint {
  const parts = manner === 0 && tier < 4n ? 4n - tier : 4n;
  return (amount * PROTOCOL_BPS * parts) / 40_000n;
}

describe("assembly against its plain twin: the tier of a stake", () => {
  it(`fees for every answer of a stake: tiers, nonsense, reverts, burnt gas (seed ${SEED})`, async () => {
    const plain = await fixture();
    await setPolicy(plain, { protocolFeeBps: Number(PROTOCOL_BPS) });
    const stake = await ethers.deployContract("OddStake");
    const escrow = await deployEscrow(await plain.gate.getAddress(), plain.treasury.address, await stake.getAddress());
    const suite = { ...plain, escrow, site: { ...plain.site, escrow: await escrow.getAddress() } };
    await suite.token.connect(suite.payer).approve(suite.site.escrow, 2n ** 256n - 1n);
    const dice = random(SEED);
    let kept = 0n;
    for (let run = 0; run < fuzzRuns(16); run += 1) {
      const manner = dice.pick([0, 0, 0, 1, 2]);
      const tier = dice.pick([0n, 1n, 2n, 3n, 4n, dice.bits(256)]);
      await stake.set(manner, tier);
      const amount = 1n + dice.bits(70);
      const feeTier = dice.pick(["Payer", "Payee", "Operator"] as const);
      const payment = await authorized(suite, { amount, feeTier, salt: BigInt(run) });
      await post(suite, payment);
      await capture(suite, payment);
      kept += plainPart(amount, manner, tier);
      const [, protocol] = await ledgerOf(suite, suite.feeReceiver.address);
      expect(protocol, `seed ${SEED}, run ${run}: manner ${manner}, tier ${tier}, amount ${amount}`).to.equal(kept);
    }
  });
});
