import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { nextExit, nextRelease, nextVoucher, type ChannelView } from "../../oracle/src/keeper/channelJobs.ts";
import { CAP_NAMES, offer, type Caps } from "../../oracle/src/keeper/fees.ts";
import { gaps, nextNonce } from "../../oracle/src/keeper/nonces.ts";
import { nextOrder, nextSettlement, type GivenOrder } from "../../oracle/src/keeper/paperJobs.ts";
import { nextCapture, nextReclaim, nextRuling, nextTightening } from "../../oracle/src/keeper/paymentJobs.ts";
import { isPostable, type PaymentView } from "../../oracle/src/keeper/paymentView.ts";
import { Refreshes } from "../../oracle/src/keeper/refreshes.ts";
import type { Step } from "../../oracle/src/keeper/steps.ts";

const [payer, payee, operator] = ["0xA1", "0xB2", "0xC3"];
const view: PaymentView = {
  id: "0x01",
  terms: {
    ...{ payer, payee, operator, token: ZeroAddress, amount: 100n, authorizeBy: 50, captureBy: 1_000, refundBy: 2_000 },
    ...{
      minFeeBps: 0,
      maxFeeBps: 70,
      feeReceiver: operator,
      arbiter: ZeroAddress,
      disputeBond: 0n,
      defaultSplitBps: 0,
    },
    ...{ rulingWindow: 0, silenceRule: "Release", maxHold: 300, referral: "0x", feeTier: "Nobody", salt: 1n },
  },
  ...{ termsText: "0x", authorizedBlock: 7, capturable: 100n, refundable: 0n, band: 0, score: 0, reviewed: false },
  ...{ requested: false, silentAt: 0, opensAt: 0, closesAt: 1_000, ruleBy: 0 },
};
const held: Partial<PaymentView> = { band: 2, opensAt: 500, closesAt: 1_200 };
const silent: Partial<PaymentView> = { requested: true, silentAt: 400, opensAt: 600, closesAt: 1_100 };

/** What a step comes to, in a word: the method, the second waited for, or "over". */
function brief(step: Step): string | number {
  if (step.kind === "act") return step.method;
  if (step.kind === "wait") return step.until ?? "wait";
  return "over";
}

const order: GivenOrder = {
  ...{ action: 0, amount: 40n, feeBps: 10n, reasonCode: 0n, capturable: 100n, refundable: 0n, deadline: 900n },
  signature: "0x5161",
};
const settlement = {
  toPayee: 60n,
  toPayer: 40n,
  capturable: 100n,
  deadline: 900n,
  payerSignature: "0x",
  payeeSignature: "0x",
};
const channel: ChannelView = {
  ...{ open: true, blocked: false, deposit: 100n, claimed: 20n, closeAt: 0, room: 30n, queued: 0n, releaseAt: 0 },
};
const voucher = (cumulative: bigint) => ({ cumulative, signature: "0x5161" });

type Row = readonly [what: string, changes: Partial<PaymentView>, now: number, expected: string | number];
type ChannelRow = readonly [what: string, changes: Partial<ChannelView>, now: number, expected: string | number];

const PAYMENTS: Readonly<Record<string, { next: (v: PaymentView, now: number) => Step; rows: readonly Row[] }>> = {
  reclaim: {
    next: nextReclaim,
    rows: [
      ["before captureBy", {}, 999, 1_000],
      ["in the second of captureBy", {}, 1_000, "reclaim"],
      ["while a Hold's grace lasts", held, 1_199, 1_200],
      ["after it", held, 1_200, "reclaim"],
      ["at once after a Block without an arbiter", { band: 3, opensAt: 60, closesAt: 60 }, 60, "reclaim"],
      ["in a dispute", { ...held, ruleBy: 900 }, 5_000, "wait"],
      ["of nothing", { capturable: 0n }, 5_000, "over"],
    ],
  },
  ruling: {
    next: nextRuling,
    rows: [
      ["without a dispute", held, 5_000, "wait"],
      ["while the arbiter has time", { ...held, ruleBy: 900 }, 899, 900],
      ["from ruleBy on", { ...held, ruleBy: 900 }, 900, "resolveByDefault"],
      ["after the ruling", { ...held, ruleBy: 900, capturable: 0n }, 900, "over"],
    ],
  },
  capture: {
    next: (v, now) => nextCapture(v, now, operator),
    rows: [
      ["of a plain Allow, which the seller captures", { band: 1 }, 500, "wait"],
      ["of a Hold before it opens", held, 499, 500],
      ["of a Hold that has opened", held, 500, "capture"],
      ["of a Hold after its grace", held, 1_200, "over"],
      ["of a Hold in a dispute", { ...held, ruleBy: 900 }, 600, "wait"],
      ["of a reviewed Allow", { band: 1, reviewed: true, opensAt: 300, closesAt: 1_000 }, 300, "capture"],
      ["after silence above the cap", silent, 599, 600],
      ["after silence, opened", silent, 600, "capture"],
      ["of a Block", { band: 3, opensAt: 60, closesAt: 60 }, 60, "wait"],
      ["of somebody else's payment", { ...held, terms: { ...view.terms, operator: "0xD4" } }, 600, "over"],
    ],
  },
  tighten: {
    next: (v, now) => nextTightening(v, now, 9_500),
    rows: [
      ["of an Allow below the threshold now", { band: 1, score: 9_499 }, 10, "wait"],
      ["of an Allow that would be held now", { band: 1, score: 9_500 }, 10, "tighten"],
      ["of a reviewer's Allow", { band: 1, score: 9_500, reviewed: true }, 10, "over"],
      ["after its time", { band: 1, score: 9_500 }, 1_000, "over"],
      ["without a band", { score: 9_900 }, 10, "wait"],
    ],
  },
  order: {
    next: (v, now) => nextOrder(v, now, order),
    rows: [
      ["to capture what is not judged: with an attestation", {}, 10, "execute"],
      ["to capture a Hold before it opens", held, 499, 500],
      ["to capture a Hold that has opened", held, 500, "execute"],
      ["to capture a posted Allow", { band: 1 }, 10, "execute"],
      ["to capture a Block", { band: 3 }, 10, "wait"],
      ["to capture in a dispute", { ...held, ruleBy: 700 }, 600, "wait"],
      ["after its deadline", held, 900, "over"],
      ["for another amount in escrow", { ...held, capturable: 60n }, 600, "over"],
      ["for another amount captured", { ...held, refundable: 1n }, 600, "over"],
      ["after the payee's time", { ...held, closesAt: 600 }, 600, "over"],
    ],
  },
  "void order": {
    next: (v, now) => nextOrder(v, now, { ...order, action: 3 }),
    rows: [
      ["before the Hold opens", held, 100, "execute"],
      ["after its deadline", held, 900, "over"],
    ],
  },
  settlement: {
    next: (v, now) => nextSettlement(v, now, settlement),
    rows: [
      ["in any state with the money there", { ...held, ruleBy: 700 }, 600, "settle"],
      ["signed for more than is left", { capturable: 99n }, 600, "over"],
      ["after its deadline", {}, 900, "over"],
    ],
  },
};

const CHANNELS: Readonly<Record<string, { next: (v: ChannelView, now: number) => Step; rows: readonly ChannelRow[] }>> =
  {
    release: {
      next: nextRelease,
      rows: [
        ["of nothing", {}, 10, "wait"],
        ["before its time", { queued: 50n, releaseAt: 60 }, 59, 60],
        ["in its second", { queued: 50n, releaseAt: 60 }, 60, "release"],
        ["in a blocked channel", { queued: 50n, releaseAt: 60, blocked: true }, 60, "wait"],
        ["in a closed channel", { open: false }, 60, "over"],
      ],
    },
    exit: {
      next: nextExit,
      rows: [
        ["nobody asked for", {}, 10, "wait"],
        ["before closeAt", { closeAt: 90 }, 89, 90],
        ["in the second of closeAt", { closeAt: 90 }, 90, "finalizeExit"],
        ["of a blocked channel, at once", { blocked: true }, 10, "finalizeExit"],
        ["with a part queued", { closeAt: 90, queued: 50n, releaseAt: 200 }, 90, "finalizeExit"],
        ["with all that is left queued", { closeAt: 90, queued: 100n, releaseAt: 200 }, 90, 200],
      ],
    },
    "last voucher": {
      next: (v, now) => nextVoucher(v, now, voucher(45n)),
      rows: [
        ["while nobody leaves", {}, 10, "wait"],
        ["within the risk cap", { closeAt: 90 }, 10, "redeem"],
        ["above the risk cap", { closeAt: 90, room: 24n }, 10, "queue"],
        ["above the cap and queued", { closeAt: 90, room: 24n, queued: 45n }, 10, 90],
        ["paid already", { closeAt: 90, claimed: 45n }, 10, "over"],
        ["above the deposit, until it is topped up", { closeAt: 90, deposit: 44n }, 10, "wait"],
        ["after the window", { closeAt: 90 }, 90, "over"],
        ["in a blocked channel", { closeAt: 90, blocked: true }, 10, "over"],
      ],
    },
  };

describe("oracle: the keeper's jobs", () => {
  for (const [job, { next, rows }] of Object.entries(PAYMENTS)) {
    for (const [what, changes, now, expected] of rows) {
      it(`${job} ${what}: ${expected}`, () => {
        expect(brief(next({ ...view, ...changes }, now))).to.equal(expected);
      });
    }
  }
  for (const [job, { next, rows }] of Object.entries(CHANNELS)) {
    for (const [what, changes, now, expected] of rows) {
      it(`${job} ${what}: ${expected}`, () => {
        expect(brief(next({ ...channel, ...changes }, now))).to.equal(expected);
      });
    }
  }

  it("capture the whole rest, at the highest fee of the terms", () => {
    const step = nextCapture({ ...view, ...held, capturable: 30n }, 500, payee);
    expect(step).to.deep.include({ method: "capture", args: [30n, 70, 0, "0x"] });
  });

  it("post a band as long as the escrow takes one", () => {
    const at = (changes: Partial<PaymentView>, now: number): boolean => isPostable({ ...view, ...changes }, now);
    expect([at({}, 999), at({}, 1_000), at({ capturable: 0n }, 10)]).to.deep.equal([true, false, false]);
    expect([at(silent, 399), at(silent, 400)]).to.deep.equal([true, false]);
    expect([at({ band: 1 }, 999), at({ band: 1, reviewed: true }, 10), at(held, 10)]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });
});

describe("oracle: the keeper's fees and nonces", () => {
  const market = { baseFee: 10n, priorityFee: 2n };
  const rich: Caps = { feePerGas: 1_000n, transaction: 10n ** 9n, day: 10n ** 9n, balance: 10n ** 9n };

  it("offer twice the base fee, or less where a cap says so, and never less than the next block asks for", () => {
    expect(offer(market, 100n, rich)).to.deep.equal({ maxFee: 22n, priorityFee: 2n });
    expect(offer(market, 100n, { ...rich, feePerGas: 15n })).to.deep.equal({ maxFee: 15n, priorityFee: 2n });
    expect(offer(market, 100n, { ...rich, feePerGas: 12n })).to.deep.equal({ maxFee: 12n, priorityFee: 2n });
  });

  for (const cap of CAP_NAMES) {
    it(`name ${cap} as what forbids it`, () => {
      const lowered = cap === "feePerGas" ? 11n : 11n * 100n + 99n;
      expect(offer(market, 100n, { ...rich, [cap]: lowered })).to.deep.equal({ cap });
    });
  }

  it("raise both fees of what is replaced by a quarter, also on a quiet market", () => {
    const replaced = offer(market, 100n, rich, { maxFee: 40n, priorityFee: 8n });
    expect(replaced).to.deep.equal({ maxFee: 51n, priorityFee: 11n });
    expect(offer(market, 100n, { ...rich, feePerGas: 50n }, { maxFee: 40n, priorityFee: 8n })).to.deep.equal({
      cap: "feePerGas",
    });
  });

  it("take the lowest nonce that nobody uses, and know the gaps below", () => {
    expect(nextNonce({ mined: 3, pending: 3, open: new Set() })).to.equal(3);
    expect(nextNonce({ mined: 3, pending: 5, open: new Set([5, 6]) })).to.equal(7);
    expect(nextNonce({ mined: 3, pending: 3, open: new Set([4, 5]) })).to.equal(3);
    expect(gaps({ mined: 3, pending: 3, open: new Set([5]) })).to.deep.equal([3, 4]);
    expect(gaps({ mined: 3, pending: 6, open: new Set([4, 5]) })).to.deep.equal([]);
  });
});

describe("oracle: the keeper's refreshes", () => {
  it("are taken once their block is reached, the newest word about each payment", () => {
    const refreshes = new Refreshes();
    refreshes.set("a", 10);
    refreshes.set("b", 20);
    refreshes.set("a", 30);
    refreshes.set("c", 20);
    refreshes.delete("c");
    expect(refreshes.take(19)).to.deep.equal([]);
    expect(refreshes.take(25)).to.deep.equal(["b"]);
    expect(refreshes.take(30)).to.deep.equal(["a"]);
    expect(refreshes.size).to.equal(0);
  });
});
