import { packTerms } from "@sluice/sdk";
import { expect } from "chai";
import { concat, dataSlice, toBeHex, ZeroAddress } from "ethers";

import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { deploySuite, ethers, networkHelpers, termsFor, UNIT } from "../shared/suite.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 1_700);
const EVEN = "0x02";
const ODD = "0x03";

function bytes(dice: Random, length: number): string {
  return length === 0 ? "0x" : toBeHex(dice.bits(8 * length), length);
}

async function scene() {
  const suite = await deploySuite();
  const twins = await ethers.deployContract("AssemblyTwins");
  const echo = await ethers.deployContract("Echo");
  return { suite, twins, echo: await echo.getAddress() };
}

/** What a call answers, whether it succeeded or not. */
async function answerOf(to: string, data: string): Promise<{ success: boolean; answer: string }> {
  try {
    return { success: true, answer: await ethers.provider.call({ to, data }) };
  } catch (thrown) {
    const data_ = thrown instanceof Error ? Reflect.get(thrown, "data") : undefined;
    return { success: false, answer: typeof data_ === "string" ? data_ : "0x" };
  }
}

describe("assembly against its plain twin: calls", () => {
  it("a balance: of tokens, of accounts without code, of precompiles, of contracts that answer short or not at all", async () => {
    const { suite, twins, echo } = await networkHelpers.loadFixture(scene);
    const phantom = await (await ethers.deployContract("PhantomToken")).getAddress();
    const address = await suite.token.getAddress();
    await suite.token.mint(await twins.getAddress(), 7n * UNIT);
    const holders = [address, phantom, echo, suite.stranger.address, suite.site.escrow, ZeroAddress];
    for (let precompile = 1; precompile <= 17; precompile += 1) holders.push(toBeHex(precompile, 20));
    const refused = (): string => "refused";
    for (const token of holders) {
      const fast = await twins.balance(token).then(String, refused);
      const plain = await twins.balancePlainly(token).then(String, refused);
      expect(fast, token).to.equal(plain);
    }
    expect(await twins.balance(address)).to.equal(7n * UNIT);
  });

  for (const [habit, name] of ["accepts", "refuses", "burns all gas", "answers at length"].entries()) {
    it(`coins for an account that ${name}`, async () => {
      const { suite, twins } = await networkHelpers.loadFixture(scene);
      const receiver = await ethers.deployContract("CoinReceiver");
      const to = await receiver.getAddress();
      await receiver.setHabit(habit);
      await suite.deployer.sendTransaction({ to: await twins.getAddress(), value: UNIT });
      const fast = await twins.deliver.staticCall(to, 5n);
      expect(fast).to.equal(await twins.deliverPlainly.staticCall(to, 5n));
      await twins.deliver(to, 5n);
      expect(await ethers.provider.getBalance(to)).to.equal(fast ? 5n : 0n);
    });
  }

  it(`what a router passes on: every length and outcome, four bytes of an error (seed ${SEED})`, async () => {
    const { echo } = await networkHelpers.loadFixture(scene);
    const router = await ethers.deployContract("LaneRouter", [[echo]]);
    const dice = random(SEED);
    for (let run = 0; run < fuzzRuns(60); run += 1) {
      const data = concat([dice.pick([EVEN, ODD]), bytes(dice, dice.below(80))]);
      const { success, answer } = await answerOf(echo, data);
      const [done] = await router.route.staticCall([{ lane: 0, data }]);
      const what = `seed ${SEED}, run ${run}: ${data}`;
      expect(done, what).to.equal(success);
      if (success) continue;
      const tx = await router.route([{ lane: 0, data }], { gasLimit: 500_000 });
      const reason = answer.length >= 10 ? dataSlice(answer, 0, 4) : "0x00000000";
      await expect(tx).to.emit(router, "CallSkipped").withArgs(0, 0, reason);
    }
  });

  it(`what a preparer calls for the escrow: the whole of the data, and whether it went well (seed ${SEED + 1})`, async () => {
    const { suite, echo } = await networkHelpers.loadFixture(scene);
    const preparer = await ethers.deployContract("Preparer", [suite.deployer.address]);
    const dice = random(SEED + 1);
    for (let run = 0; run < fuzzRuns(40); run += 1) {
      const data = concat([dice.pick([EVEN, ODD]), bytes(dice, dice.below(200))]);
      const target = dice.pick([echo, echo, suite.stranger.address]);
      const { success } = await answerOf(target, data);
      expect(await preparer.call.staticCall(target, data), `seed ${SEED + 1}, run ${run}`).to.equal(success);
    }
  });

  it(`what the escrow passes to its extension: same answers, same errors, for known and unknown calls (seed ${SEED + 2})`, async () => {
    const { suite } = await networkHelpers.loadFixture(scene);
    const { escrow } = suite;
    const extension = await escrow.extension();
    const dice = random(SEED + 2);
    const known = ["exitBy", "gate", "treasury", "stake", "extension", "domainSeparator", "idOf", "timer", "payment"];
    const selectors = known.map((name) => escrow.interface.getFunction(name as "gate").selector); // names of the interface
    for (let run = 0; run < fuzzRuns(80); run += 1) {
      const selector = dice.below(8) === 0 ? bytes(dice, 4) : dice.pick(selectors);
      const data = concat([selector, bytes(dice, dice.below(260))]);
      const passed = await answerOf(suite.site.escrow, data);
      expect(passed, `seed ${SEED + 2}, run ${run}: ${data}`).to.deep.equal(await answerOf(extension, data));
    }
  });

  it(`the error of a way in, as the code behind it gave it (seed ${SEED + 3})`, async () => {
    const { suite } = await networkHelpers.loadFixture(scene);
    const dice = random(SEED + 3);
    for (let run = 0; run < fuzzRuns(12); run += 1) {
      const signature = bytes(dice, dice.below(65));
      const terms = packTerms(await termsFor(suite, { salt: dice.bits(64) }));
      await expect(suite.escrow.authorize(terms, 3, signature), `seed ${SEED + 3}, run ${run}`)
        .to.be.revertedWithCustomError(suite.escrow, "SignatureShort")
        .withArgs((signature.length - 2) / 2, 65);
    }
  });

  it(`a voucher's digest (seed ${SEED})`, async () => {
    const { twins } = await networkHelpers.loadFixture(scene);
    const dice = random(SEED);
    for (let run = 0; run < fuzzRuns(40); run += 1) {
      const [channel, domain] = [bytes(dice, 32), bytes(dice, 32)];
      const { answer, plain } = await twins.voucherDigest(channel, dice.bits(96), domain);
      expect(answer, `seed ${SEED}, run ${run}`).to.equal(plain);
    }
  });
});
