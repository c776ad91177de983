import { expect } from "chai";

import { secondOf } from "../shared/moves.ts";
import { timerOf } from "../shared/state.ts";
import { attest, authorized, fixture, networkHelpers, UNIT, type Authorized, type Suite } from "../shared/suite.ts";
import { judgedFor, review, SCORE } from "./doors.ts";

type State = { what: string; prepare: (suite: Suite) => Promise<Authorized> };

/** Judged with this score, then taken through one more step. */
function after(score: number, step: (suite: Suite, payment: Authorized) => Promise<unknown>, changes = {}) {
  return async (suite: Suite): Promise<Authorized> => {
    const payment = await judgedFor(suite, score, changes);
    await step(suite, payment);
    return payment;
  };
}

const byPayer = (suite: Suite, payment: Authorized) => suite.escrow.connect(suite.payer).dispute(payment.packed);
const byPayee = (suite: Suite, payment: Authorized) => suite.escrow.connect(suite.payee).dispute(payment.packed);

async function silenced(suite: Suite): Promise<Authorized> {
  const payment = await judgedFor(suite, SCORE.Allow, { salt: 77n });
  const { terms } = payment;
  const held = { ...terms, silenceRule: "Release", amount: 2_000n * UNIT, salt: 78n } as const;
  const silent = await authorized(suite, held);
  await suite.escrow.connect(suite.payer).request(silent.packed);
  await networkHelpers.time.increaseTo((await timerOf(suite, silent.id)).silentAt);
  await byPayer(suite, silent);
  return silent;
}

const DISPUTED: State[] = [
  { what: "a Hold disputed by the payer", prepare: after(SCORE.Hold, byPayer) },
  { what: "a Hold disputed by the payee", prepare: after(SCORE.Hold, byPayee) },
  { what: "a Block disputed by the payee", prepare: after(SCORE.Block, byPayee) },
  { what: "a Hold disputed with no time to rule", prepare: after(SCORE.Hold, byPayer, { rulingWindow: 0 }) },
  { what: "a silence disputed by the payer", prepare: silenced },
];

const UNDISPUTED: State[] = [
  { what: "a Hold that a reviewer made an Allow", prepare: after(SCORE.Hold, review) },
  { what: "a Block that a reviewer made a Hold", prepare: after(SCORE.Block, review) },
  {
    what: "an Allow that a signer made a Hold",
    prepare: after(SCORE.Allow, async (suite, payment) => {
      const one = await attest(suite, payment, { keys: suite.keys.slice(2), score: SCORE.Hold });
      return suite.escrow.tighten(payment.packed, "0x", one);
    }),
  },
];

const works = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => true,
    () => false,
  );

/** Which moves would work in the latest block's second. */
async function possible(suite: Suite, { packed }: Authorized, attestation: string) {
  const { escrow } = suite;
  const operator = escrow.connect(suite.operator);
  const captures = await works(operator.capture.staticCall(packed, 1n, 0, 0, "0x"));
  const carried = await works(operator.capture.staticCall(packed, 1n, 0, 0, attestation));
  return {
    capture: captures || carried,
    void: await works(operator.void.staticCall(packed, 1n, 0)),
    reclaim: await works(escrow.reclaim.staticCall(packed)),
    post: await works(escrow.post.staticCall(packed, attestation)),
    rule: await works(escrow.connect(suite.arbiter).resolve.staticCall(packed, 5_000)),
    default: await works(escrow.resolveByDefault.staticCall(packed)),
  };
}

/** The seconds around each bound that are still to come. */
async function around(bounds: readonly bigint[]): Promise<bigint[]> {
  const now = BigInt(await networkHelpers.time.latest());
  const seconds = new Set(bounds.filter((bound) => bound > 0n).flatMap((bound) => [bound - 1n, bound, bound + 1n]));
  return [...seconds].filter((second) => second > now).sort((a, b) => Number(a - b));
}

describe("E8: with disputes and reviews, too, one side may act in each second and never two", () => {
  for (const { what, prepare } of DISPUTED) {
    it(`lets the arbiter rule before ruleBy and anybody part from it on, and nothing else, with ${what}`, async () => {
      const suite = await fixture();
      const payment = await prepare(suite);
      const attestation = await attest(suite, payment);
      const { ruleBy, opensAt, closesAt, silentAt } = await suite.escrow.timer(payment.id);
      const shut = { capture: false, void: false, reclaim: false, post: false };
      const bounds = [ruleBy, opensAt, closesAt, silentAt, BigInt(payment.terms.captureBy)];
      for (const second of await around(bounds)) {
        await networkHelpers.time.increaseTo(second);
        const rules = second < ruleBy;
        expect(await possible(suite, payment, attestation), `${second - ruleBy} s from ruleBy`).to.deep.equal({
          ...shut,
          rule: rules,
          default: !rules,
        });
      }
    });
  }

  for (const { what, prepare } of UNDISPUTED) {
    it(`holds capture and reclaim apart around every bound with ${what}`, async () => {
      const suite = await fixture();
      const payment = await prepare(suite);
      const attestation = await attest(suite, payment);
      const { opensAt, closesAt } = await suite.escrow.timer(payment.id);
      for (const second of await around([opensAt, closesAt, BigInt(payment.terms.captureBy)])) {
        await networkHelpers.time.increaseTo(second);
        const can = await possible(suite, payment, attestation);
        expect(can, `${second - closesAt} s from the end`).to.include({
          capture: second >= opensAt && second < closesAt,
          reclaim: second >= closesAt,
          rule: false,
          default: false,
        });
      }
    });
  }

  it("lets nobody dispute in the second in which the payee may capture, nor before a band is known", async () => {
    const suite = await fixture();
    const payment = await judgedFor(suite, SCORE.Hold);
    const { opensAt } = await suite.escrow.timer(payment.id);
    await networkHelpers.time.setNextBlockTimestamp(opensAt - 1n);
    const tx = await byPayer(suite, payment);
    expect(await secondOf(tx)).to.equal(opensAt - 1n);
    const other = await judgedFor(suite, SCORE.Hold, { salt: 2n });
    await networkHelpers.time.increaseTo((await suite.escrow.timer(other.id)).opensAt);
    for (const dispute of [byPayer, byPayee]) {
      await expect(dispute(suite, other)).to.be.revertedWithCustomError(suite.escrow, "DisputeWindow");
    }
  });
});
