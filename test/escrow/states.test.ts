import { readFile } from "node:fs/promises";

import { decodeContractError, payments, termsTypedData, type Terms } from "@sluice/sdk";
import { expect } from "chai";
import { ZeroAddress, type ContractTransactionResponse } from "ethers";

import { arbitrated, fundBonds, signReview, signSettlement } from "../shared/cases.ts";
import { capture, post, request, secondOf, unpaid } from "../shared/moves.ts";
import { edgesOf, nameOf, nextByTime, nothing, stateIn, type Edge } from "../shared/states.ts";
import {
  attest,
  authorized,
  BAND,
  DAY,
  ethers,
  fixture,
  networkHelpers,
  POLICY,
  termsFor,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

const page = "docs/concepts/payment-states.md";
const scores = { Allow: 5_000, Hold: 9_800, Block: 9_999 };
const never = 2 ** 40 - 1;

type Case = { suite: Suite; payment: Authorized };
type Send = () => Promise<ContractTransactionResponse>;

/** An attestation as of the block the gate wants now. */
async function attested({ suite, payment }: Case, score: number, keys = suite.keys.slice(0, 2)): Promise<string> {
  if (payment.block === 0) return "0x";
  const [asOf] = await suite.gate.asOfFor(payment.block);
  return attest(suite, payment, { asOf: Number(asOf), score, keys });
}

function posts(score: number) {
  return async (at: Case): Promise<Send[]> => {
    const attestation = await attested(at, score);
    return [() => at.suite.escrow.connect(at.suite.stranger).post(at.payment.packed, attestation)];
  };
}

async function settlement({ suite, payment }: Case): Promise<Send[]> {
  const { capturable } = await suite.escrow.payment(payment.id);
  const parts = { toPayee: capturable - capturable / 2n, toPayer: capturable / 2n };
  return [() => settled({ suite, payment }, { ...parts, capturable })];
}

async function settled(at: Case, parts: { toPayee: bigint; toPayer: bigint; capturable: bigint }) {
  const { suite, payment } = at;
  const sign = (signer: Suite["payer"]): Promise<string> => {
    return signSettlement(suite, signer, payment.id, { ...parts, deadline: never });
  };
  const signatures = [await sign(suite.payer), await sign(suite.payee)] as const;
  const { toPayee, toPayer } = parts;
  return suite.escrow.connect(suite.stranger).settle(payment.packed, toPayee, toPayer, never, ...signatures);
}

async function charged({ suite, payment }: Case): Promise<Send[]> {
  const head = await ethers.provider.getBlockNumber();
  const attestation = await attest(suite, payment, { asOf: head - (head % POLICY.stride) });
  const { domain, types, message } = termsTypedData(payment.terms, suite.site);
  const signature = await suite.payer.signTypedData(domain, types, message);
  return [() => suite.escrow.connect(suite.operator).charge(payment.packed, 0, signature, 0, attestation)];
}

/** Every operation by whoever has the right to it, over all that is there; it is refused where each form of it is. */
const operations: Record<string, (at: Case) => Promise<Send[]>> = {
  authorize: async ({ suite, payment }) => [() => suite.escrow.connect(suite.payer).authorize(payment.packed, 0, "0x")],
  charge: charged,
  capture: async (at) => {
    const { capturable: amount } = await at.suite.escrow.payment(at.payment.id);
    const attestation = await attested(at, scores.Allow);
    return [
      () => capture(at.suite, at.payment, { amount }),
      () => capture(at.suite, at.payment, { amount, attestation }),
    ];
  },
  void: async ({ suite, payment }) => {
    const { capturable } = await suite.escrow.payment(payment.id);
    return [() => suite.escrow.connect(suite.payee).void(payment.packed, capturable, 0)];
  },
  reclaim: async ({ suite, payment }) => [() => suite.escrow.connect(suite.stranger).reclaim(payment.packed)],
  refund: async ({ suite, payment }) => {
    const { refundable } = await suite.escrow.payment(payment.id);
    return [() => suite.escrow.connect(suite.payee).refund(payment.packed, refundable, 0)];
  },
  request: async ({ suite, payment }) => [() => request(suite, payment)],
  "post Allow": posts(scores.Allow),
  "post Hold": posts(scores.Hold),
  "post Block": posts(scores.Block),
  tighten: async (at) => {
    const allow = await attested(at, scores.Allow);
    const differing = await attested(at, scores.Hold, at.suite.keys.slice(2));
    return [() => at.suite.escrow.connect(at.suite.stranger).tighten(at.payment.packed, allow, differing)];
  },
  review: async ({ suite, payment }) => {
    const { band: fromBand } = await suite.escrow.payment(payment.id);
    const toBand = fromBand === BAND.None ? BAND.None : fromBand - 1n;
    const fields = { fromBand, toBand, reasonCode: 0, deadline: never };
    const signature = await signReview(suite, suite.arbiter, payment.id, fields);
    const review = suite.escrow.connect(suite.stranger);
    return [() => review.review(payment.packed, toBand, 0, never, suite.arbiter.address, signature)];
  },
  dispute: async ({ suite, payment }) => [() => suite.escrow.connect(suite.payer).dispute(payment.packed)],
  resolve: async ({ suite, payment }) => [() => suite.escrow.connect(suite.arbiter).resolve(payment.packed, 5_000)],
  resolveByDefault: async ({ suite, payment }) => [
    () => suite.escrow.connect(suite.stranger).resolveByDefault(payment.packed),
  ],
  settle: settlement,
};

/** A way into a state, and what is refused there although others in that state may do it. */
type Scene = {
  expected: string;
  terms?: (suite: Suite) => Partial<Terms>;
  play: (suite: Suite, payment: Authorized) => Promise<unknown>;
  refused?: string[];
};

const disputes = (suite: Suite, { packed }: Authorized) => suite.escrow.connect(suite.payer).dispute(packed);
const released = () => ({ silenceRule: "Release" }) as const;
const alone = () => ({ arbiter: ZeroAddress });
const allowed = async (suite: Suite, payment: Authorized): Promise<void> => {
  await post(suite, payment);
  await networkHelpers.mine(2 ** POLICY.refreshLog2);
};
const reviewed = async (suite: Suite, payment: Authorized, score: number): Promise<void> => {
  await post(suite, payment, { score });
  const send = (await operations["review"]?.({ suite, payment }))?.[0];
  await send?.();
};

const scenes: Record<string, Scene> = {
  "an authorized payment": { expected: "Unjudged", play: async () => undefined },
  "one without an arbiter": { expected: "Unjudged", terms: alone, play: async () => undefined },
  "a request whose silence refunds": { expected: "Asked", play: request },
  "a request whose silence releases": { expected: "Asked", terms: released, play: request },
  "a request without an arbiter": { expected: "Asked", terms: alone, play: request },
  "a request above the cap": {
    expected: "Asked",
    terms: () => ({ silenceRule: "Release", amount: 2_000n * UNIT }),
    play: request,
  },
  "a posted Allow": { expected: "Allowed", play: allowed },
  "an Allow posted after a request": {
    expected: "Allowed",
    play: async (suite, payment) => {
      await request(suite, payment);
      await allowed(suite, payment);
    },
  },
  "an Allow by review": {
    expected: "Allowed",
    play: (suite, payment) => reviewed(suite, payment, scores.Hold),
    refused: ["post Hold", "post Block", "tighten"],
  },
  "a posted Hold": { expected: "Held", play: (suite, payment) => post(suite, payment, { score: scores.Hold }) },
  "a posted Hold without an arbiter": {
    expected: "Held",
    terms: alone,
    play: (suite, payment) => post(suite, payment, { score: scores.Hold }),
    refused: ["dispute", "review"],
  },
  "a Hold by review": {
    expected: "Held",
    play: (suite, payment) => reviewed(suite, payment, scores.Block),
    refused: ["review"],
  },
  "a posted Block": { expected: "Appeal", play: (suite, payment) => post(suite, payment, { score: scores.Block }) },
  "a posted Block without an arbiter": {
    expected: "Over",
    terms: alone,
    play: (suite, payment) => post(suite, payment, { score: scores.Block }),
  },
  "a disputed Hold": {
    expected: "Disputed",
    play: async (suite, payment) => {
      await post(suite, payment, { score: scores.Hold });
      await disputes(suite, payment);
    },
  },
  "a disputed Block": {
    expected: "Disputed",
    play: async (suite, payment) => {
      await post(suite, payment, { score: scores.Block });
      await disputes(suite, payment);
    },
  },
  "a captured payment": {
    expected: "Paid",
    play: async (suite, payment) => {
      await post(suite, payment);
      await capture(suite, payment);
    },
  },
  "a voided payment": {
    expected: "Closed",
    play: (suite, { packed, terms }) => suite.escrow.connect(suite.payee).void(packed, terms.amount, 0),
  },
};

const performed = new Set<string>();

async function stateAfter({ suite, payment }: Case, second: number): Promise<string> {
  return stateIn(await payments.readPayment(ethers.provider, suite.site, payment.terms), payment.terms, second);
}

/** The state an operation leads to; undefined where it is refused, by an error of ours. */
async function outcome(at: Case, label: string, second: number | undefined): Promise<string | undefined> {
  for (const send of (await operations[label]?.(at)) ?? []) {
    if (second !== undefined) await networkHelpers.time.setNextBlockTimestamp(second);
    try {
      const tx = await send();
      return await stateAfter(at, Number(await secondOf(tx)));
    } catch (thrown) {
      expect(decodeContractError(thrown)?.name, `${label}: ${String(thrown)}`).to.be.a("string");
    }
  }
  return undefined;
}

/** Tries every operation, in this second or in the next block, and compares what happens with the diagram. */
async function compare(at: Case, from: string, edges: readonly Edge[], refused: string[], second?: number) {
  for (const label of Object.keys(operations)) {
    const snapshot = await networkHelpers.takeSnapshot();
    const to = await outcome(at, label, second);
    await snapshot.restore();
    const shown = edges.filter((edge) => edge.from === from && edge.label === label && !refused.includes(label));
    const targets = shown.map((edge) => edge.to);
    if (to === undefined) expect(targets, `${from}: ${label} is refused`).to.deep.equal([]);
    else expect(targets, `${from}: ${label} leads to ${to}`).to.include(to);
    if (to !== undefined) performed.add(nameOf({ from, label, to }));
  }
}

/** As `compare`, then on in time: in the last second of each state and in the first of the next, until nothing changes. */
async function follow(at: Case, edges: readonly Edge[], refused: string[]): Promise<void> {
  const now = await networkHelpers.time.latest();
  const { terms } = at.payment;
  const next = nextByTime(await payments.readPayment(ethers.provider, at.suite.site, terms), terms, now);
  if (next === undefined) return;
  const { second, ...edge } = next;
  expect(edges.map(nameOf)).to.include(nameOf(edge));
  performed.add(nameOf(edge));
  await compare(at, edge.from, edges, refused, second - 1);
  await compare(at, edge.to, edges, refused, second);
  await networkHelpers.time.increaseTo(second);
  await follow(at, edges, refused);
}

async function played({ terms, play }: Scene): Promise<Case> {
  const suite = await fixture();
  await fundBonds(suite);
  const long = { authorizeBy: (await networkHelpers.time.latest()) + 7 * DAY };
  const payment = await authorized(suite, { ...arbitrated(suite), ...long, ...terms?.(suite) });
  await play(suite, payment);
  return { suite, payment };
}

describe("PaymentEscrow: the diagram of states", () => {
  it("shows how a payment begins, and nothing else that could be done without one", async () => {
    const suite = await fixture();
    await fundBonds(suite);
    const payment = unpaid(suite, await termsFor(suite, arbitrated(suite)));
    await compare({ suite, payment }, nothing, await edgesOf(page), []);
  });

  for (const [name, scene] of Object.entries(scenes)) {
    it(`shows what can be done with ${name}, at once and as time goes by`, async () => {
      const edges = await edgesOf(page);
      const at = await played(scene);
      const from = await stateAfter(at, await networkHelpers.time.latest());
      expect(from).to.equal(scene.expected);
      await compare(at, from, edges, scene.refused ?? []);
      await follow(at, edges, scene.refused ?? []);
    });
  }

  it("shows that parts leave the state as it is, wherever all can go", async () => {
    for (const scene of Object.values(scenes)) {
      const at = await played(scene);
      const { suite, payment } = at;
      const { capturable } = await suite.escrow.payment(payment.id);
      if (capturable === 0n) continue;
      const parts: Record<string, Send> = {
        capture: async () => {
          const attestation = await attested(at, scores.Allow);
          return capture(suite, payment, { amount: 1n, attestation });
        },
        void: () => suite.escrow.connect(suite.payee).void(payment.packed, 1n, 0),
        settle: () => settled(at, { toPayee: 1n, toPayer: 1n, capturable }),
      };
      for (const [label, part] of Object.entries(parts)) {
        const snapshot = await networkHelpers.takeSnapshot();
        const whole = await outcome(at, label, undefined);
        await snapshot.restore();
        const sent = await part().catch(() => undefined);
        const to = sent && (await stateAfter(at, Number(await secondOf(sent))));
        expect(to, `${scene.expected}: ${label} of a part`).to.equal(whole && scene.expected);
        await snapshot.restore();
      }
    }
  });

  it("shows no arrow that was not gone along above", async () => {
    const missing = (await edgesOf(page)).map(nameOf).filter((name) => !performed.has(name));
    expect(missing).to.deep.equal([]);
  });

  it("has a row for each of its states on the page", async () => {
    const text = await readFile(page, "utf8");
    const states = new Set((await edgesOf(page)).flatMap(({ from, to }) => [from, to]));
    const rows = [...text.matchAll(/^\| (\w+) \|/gm)].map(([, name = ""]) => name);
    expect(rows.filter((name) => name !== "state").toSorted()).to.deep.equal(
      [...states].filter((name) => name !== nothing).toSorted(),
    );
  });
});
