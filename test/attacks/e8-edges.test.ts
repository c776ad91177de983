import { expect } from "chai";

import { at, post, request } from "../shared/moves.ts";
import { timerOf } from "../shared/state.ts";
import { attest, authorized, fixture, networkHelpers, type Authorized, type Suite } from "../shared/suite.ts";
import type { Terms } from "@sluice/sdk";

type State = { what: string; terms?: Partial<Terms>; prepare: (suite: Suite, payment: Authorized) => Promise<unknown> };

const STATES: State[] = [
  { what: "never screened", prepare: async () => undefined },
  { what: "a posted Allow", prepare: (suite, payment) => post(suite, payment) },
  { what: "a posted Hold", prepare: (suite, payment) => post(suite, payment, { score: 9_800 }) },
  {
    what: "a Hold posted in the last second",
    prepare: async (suite, payment) => {
      await at(payment.terms.captureBy - 1);
      await post(suite, payment, { score: 9_800 });
    },
  },
  { what: "a Block", prepare: (suite, payment) => post(suite, payment, { score: 9_999 }) },
  { what: "a request under Refund", prepare: request },
  { what: "a request under Release", terms: { silenceRule: "Release" }, prepare: request },
  {
    what: "a request under Release above the cap",
    terms: { silenceRule: "Release", amount: 2_000n * 10n ** 18n },
    prepare: request,
  },
  {
    what: "an Allow posted after a request",
    prepare: async (suite, payment) => {
      await request(suite, payment);
      await post(suite, payment);
    },
  },
];

/** Whether each of the two would work in the block that is the latest now. */
async function possible(suite: Suite, payment: Authorized, attestation: string) {
  const works = (call: Promise<unknown>): Promise<boolean> =>
    call.then(
      () => true,
      () => false,
    );
  const escrow = suite.escrow;
  const capture = escrow.connect(suite.operator).capture;
  const bare = await works(capture.staticCall(payment.packed, 1n, 0, 0, "0x"));
  const carried = await works(capture.staticCall(payment.packed, 1n, 0, 0, attestation));
  return { capture: bare || carried, reclaim: await works(escrow.reclaim.staticCall(payment.packed)) };
}

describe("E8: capture and reclaim are never both possible, and from captureBy on one of them or a stored window is", () => {
  for (const { what, terms, prepare } of STATES) {
    it(`holds in every second around every bound with ${what}`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite, terms);
      const attestation = await attest(suite, payment);
      await prepare(suite, payment);
      const { silentAt, opensAt, closesAt } = await timerOf(suite, payment.id);
      const bounds = [silentAt, opensAt, closesAt, BigInt(payment.terms.captureBy)].filter((bound) => bound > 0n);
      const now = BigInt(await networkHelpers.time.latest());
      const seconds = [...new Set(bounds.flatMap((bound) => [bound - 1n, bound, bound + 1n]))]
        .filter((second) => second > now)
        .sort((a, b) => Number(a - b));
      const end = closesAt > 0n ? closesAt : BigInt(payment.terms.captureBy);
      for (const second of seconds) {
        await networkHelpers.time.increaseTo(second);
        const can = await possible(suite, payment, attestation);
        expect(can.capture && can.reclaim, `both at ${second - end} s from the end`).to.equal(false);
        expect(can.reclaim, `reclaim at ${second - end} s from the end`).to.equal(second >= end);
        const opened = opensAt === 0n || second >= opensAt;
        if (opened && second < end) expect(can.capture, `capture at ${second - end} s from the end`).to.equal(true);
      }
    });
  }
});
