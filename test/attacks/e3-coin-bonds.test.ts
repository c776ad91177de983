import { payments } from "@sluice/sdk";
import { expect } from "chai";
import { ZeroAddress, id as keccakText } from "ethers";

import { arbitrated } from "../shared/cases.ts";
import { post, unpaid } from "../shared/moves.ts";
import { withCoin } from "../shared/payers.ts";
import { ledgerOf } from "../shared/state.ts";
import { ethers, fixture, networkHelpers, termsFor } from "../shared/suite.ts";

const COIN = 10n ** 18n;
const BOND = COIN / 10n;
const LOCKED = keccakText("ReentrancyGuardReentrantCall()").slice(0, 10);
const HABITS = [
  ["refuses coins", 1],
  ["burns all gas it gets", 2],
  ["answers at length", 3],
] as const;
const CALLS_BACK = 4;

/** A held payment of one coin to a contract, disputed by its payer with a bond of a tenth. */
async function disputed() {
  const suite = await withCoin(await fixture());
  const receiver = await ethers.deployContract("CoinReceiver");
  const payee = await receiver.getAddress();
  const terms = await termsFor(suite, {
    ...arbitrated(suite),
    ...{ token: ZeroAddress, amount: COIN, disputeBond: BOND, maxFeeBps: 0, payee },
  });
  const { receipt } = await payments.authorizeWithCoin(suite.payer, suite.site, terms);
  await networkHelpers.mine(1);
  const payment = unpaid(suite, terms, receipt.blockNumber);
  await post(suite, payment, { score: 9_800 });
  await suite.escrow.connect(suite.payer).dispute(payment.packed, { value: BOND });
  return { suite, receiver, payee, payment };
}

describe("E3 and E7 with bonds in native coin", () => {
  for (const [does, habit] of HABITS) {
    it(`rules against the payer though the payee ${does}: his part and the bond wait as a credit`, async () => {
      const { suite, receiver, payee, payment } = await disputed();
      await receiver.setHabit(habit);
      await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 10_000);
      expect(await ledgerOf(suite, payee, ZeroAddress)).to.deep.equal([COIN + BOND, 0n]);
      expect(await ethers.provider.getBalance(suite.site.escrow)).to.equal(COIN + BOND);
      await receiver.setHabit(0);
      await suite.escrow.sweep(ZeroAddress, payee);
      expect(await ethers.provider.getBalance(payee)).to.equal(COIN + BOND);
      expect(await ethers.provider.getBalance(suite.site.escrow)).to.equal(0n);
    });
  }

  for (const name of ["resolve", "resolveByDefault", "sweep", "dispute"] as const) {
    it(`lets nobody in by ${name} while a ruling pays out`, async () => {
      const { suite, receiver, payee, payment } = await disputed();
      const { interface: abi } = suite.escrow;
      const calls = {
        resolve: () => abi.encodeFunctionData("resolve", [payment.packed, 10_000]),
        resolveByDefault: () => abi.encodeFunctionData("resolveByDefault", [payment.packed]),
        sweep: () => abi.encodeFunctionData("sweep", [ZeroAddress, payee]),
        dispute: () => abi.encodeFunctionData("dispute", [payment.packed]),
      };
      await receiver.setHabit(CALLS_BACK);
      await receiver.prepare(suite.site.escrow, calls[name]());
      const tx = await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 10_000);
      const attempts = await receiver.queryFilter(receiver.filters.Attempt(), tx.blockNumber ?? 0, tx.blockNumber ?? 0);
      expect(attempts.length).to.be.greaterThan(0);
      expect(attempts.every(({ args }) => !args.success && args.answer === LOCKED)).to.equal(true);
      expect(await ethers.provider.getBalance(payee)).to.equal(COIN + BOND);
      expect(await ethers.provider.getBalance(suite.site.escrow)).to.equal(0n);
    });
  }
});
