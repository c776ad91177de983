import type { PackedTerms, Terms } from "@sluice/sdk";
import { ZeroAddress } from "ethers";

import { unpaid, withBits } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { COLLECTION, fixture, termsFor, type Suite } from "../shared/suite.ts";

type Case = {
  what: string;
  changes?: (terms: Terms, suite: Suite) => Partial<Terms>;
  bits?: (packed: PackedTerms) => PackedTerms;
  error: string;
  args: (terms: Terms, suite: Suite) => unknown[];
};

const deadlines = (t: Terms) => [t.authorizeBy, t.captureBy, t.refundBy];

/** Each term that the escrow refuses, with the error and the values it names. */
const CASES: Case[] = [
  { what: "no amount", changes: () => ({ amount: 0n }), error: "AmountZero", args: () => [] },
  {
    what: "a capture deadline before the authorization's",
    changes: (t) => ({ captureBy: t.authorizeBy - 1 }),
    error: "DeadlinesOutOfOrder",
    args: deadlines,
  },
  {
    what: "a refund deadline before the capture's",
    changes: (t) => ({ refundBy: t.captureBy - 1 }),
    error: "DeadlinesOutOfOrder",
    args: deadlines,
  },
  {
    what: "a lowest fee above the highest",
    changes: () => ({ minFeeBps: 501 }),
    error: "FeeRangeInvalid",
    args: () => [501, 500],
  },
  {
    what: "a highest fee that leaves no room for the protocol's",
    changes: () => ({ maxFeeBps: 9_951 }),
    error: "FeeRangeInvalid",
    args: () => [0, 9_951],
  },
  {
    what: "a fee that nobody receives",
    changes: () => ({ feeReceiver: ZeroAddress }),
    error: "FeeReceiverZero",
    args: () => [],
  },
  {
    what: "the escrow as receiver of the fee, where it would be lost",
    changes: (_, suite) => ({ feeReceiver: suite.site.escrow }),
    error: "PartyInvalid",
    args: (_, suite) => [suite.site.escrow],
  },
  {
    what: "a silence rule that does not exist",
    bits: (packed) => withBits(packed, "operatorRefund", 2n),
    error: "SilenceRuleUnknown",
    args: () => [2],
  },
  {
    what: "a fee tier of a party that does not exist",
    bits: (packed) => withBits(packed, "feeReceiverRuling", 4n << 40n),
    error: "FeeTierUnknown",
    args: () => [4],
  },
  {
    what: "a default split above the whole",
    changes: () => ({ defaultSplitBps: 10_001 }),
    error: "SplitOutOfRange",
    args: () => [10_001],
  },
  {
    what: "the lowest spare bit set",
    bits: (packed) => withBits(packed, "feeReceiverRuling", 1n),
    error: "SpareBitsSet",
    args: () => [1],
  },
  {
    what: "the highest spare bit set",
    bits: (packed) => withBits(packed, "feeReceiverRuling", 2n ** 39n),
    error: "SpareBitsSet",
    args: () => [2n ** 39n],
  },
  {
    what: "no payee",
    changes: () => ({ payee: ZeroAddress }),
    error: "PartyInvalid",
    args: () => [ZeroAddress],
  },
  {
    what: "the escrow as payee",
    changes: (_, suite) => ({ payee: suite.site.escrow }),
    error: "PartyInvalid",
    args: (_, suite) => [suite.site.escrow],
  },
  {
    what: "the escrow as payer",
    changes: (_, suite) => ({ payer: suite.site.escrow }),
    error: "PartyInvalid",
    args: (_, suite) => [suite.site.escrow],
  },
];

describe("PaymentEscrow.authorize: terms", () => {
  for (const { what, changes, bits, error, args } of CASES) {
    it(`reverts on ${what}`, async () => {
      const suite = await fixture();
      const usual = await termsFor(suite);
      const payment = unpaid(suite, { ...usual, ...changes?.(usual, suite) });
      const packed = bits?.(payment.packed) ?? payment.packed;
      const authorize = () => suite.escrow.connect(suite.payer).authorize(packed, COLLECTION.Allowance, "0x");
      await expectRefused(suite, payment, authorize, suite.escrow, error, args(payment.terms, suite));
    });
  }

  it("accepts the bounds themselves: equal deadlines, the highest fee, the whole as split", async () => {
    const suite = await fixture();
    const usual = await termsFor(suite);
    const changes = {
      captureBy: usual.authorizeBy,
      refundBy: usual.authorizeBy,
      minFeeBps: 9_950,
      maxFeeBps: 9_950,
      defaultSplitBps: 10_000,
    };
    const payment = unpaid(suite, { ...usual, ...changes });
    await suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
  });
});
