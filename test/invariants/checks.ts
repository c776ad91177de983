import { ZeroAddress } from "ethers";

import { at } from "./model/book.ts";
import { NONE } from "./model/gate.ts";
import type { Payment } from "./model/payments.ts";
import { look, runSteps, type Receipt, type Step } from "./rpc.ts";
import { attestation, call, escrowAbi, isPuppet, type World } from "./world.ts";

/** What the events of one payment say, added up. */
export type Flow = { captured: bigint; fees: bigint; reclaimed: bigint; voided: bigint; refunded: bigint };

export function insist(holds: boolean, claim: string, details: unknown): void {
  if (!holds) throw new Error(`${claim}: ${JSON.stringify(details, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}`); // prettier-ignore
}

const topicOf = (name: string): string => escrowAbi.getEvent(name)?.topicHash ?? "";
const TOPICS = Object.fromEntries(["Captured", "Charged", "Reclaimed", "Voided", "Refunded"].map((name) => [topicOf(name), name])); // prettier-ignore
const SKIPPED = topicOf("CaptureSkipped");

const word = (data: string, index: number): bigint => BigInt(`0x${data.slice(2 + 64 * index, 66 + 64 * index)}`);

/** Adds a block's events to the flows, and returns the reasons of payments that batches passed over. */
export function readEvents(world: World, flows: Map<string, Flow>, { logs }: Receipt): string[] {
  const reasons: string[] = [];
  for (const { address, topics, data } of logs) {
    if (address.toLowerCase() !== world.stage.escrow.toLowerCase()) continue;
    const [topic = "", id = ""] = topics;
    if (topic === SKIPPED) reasons.push(data.slice(0, 10));
    const flow = flows.get(id) ?? { captured: 0n, fees: 0n, reclaimed: 0n, voided: 0n, refunded: 0n };
    flows.set(id, flow);
    const name = TOPICS[topic];
    if (name === "Captured") {
      flow.captured += word(data, 0);
      flow.fees += word(data, 1) + word(data, 2);
    }
    if (name === "Charged") {
      flow.captured += word(data, 0) & (2n ** 96n - 1n);
      flow.fees += word(data, 7) + word(data, 8);
    }
    if (name === "Reclaimed") flow.reclaimed += word(data, 0);
    if (name === "Voided") flow.voided += word(data, 0);
    if (name === "Refunded") flow.refunded += word(data, 0);
  }
  return reasons;
}

/** conservation, and prediction of what is stored, for each of these payments. */
export async function checkPayments(
  world: World,
  flows: Map<string, Flow>,
  payments: readonly Payment[],
): Promise<void> {
  const { wire, escrow } = world.stage;
  const rows = await look(wire, "payments", [escrow, payments.map(({ id }) => id)]);
  for (const [index, payment] of payments.entries()) {
    const { terms, id } = payment;
    const stored = rows[index] ?? [];
    const { capturable, refundable, block, score, band, requested, feeBps } = payment;
    const timer = [payment.opensAt, payment.closesAt, payment.ruleBy, payment.silentAt];
    const predicted = [capturable, refundable, block, score, band, requested ? 1 : 0, feeBps, ...timer].map(BigInt);
    insist(predicted.join() === stored.join(), "prediction: what is stored of a payment", { payment, stored });
    const [left = 0n, owed = 0n, exists = 0n] = stored;
    if (exists === 0n) continue;
    const flow = flows.get(id) ?? { captured: 0n, fees: 0n, reclaimed: 0n, voided: 0n, refunded: 0n };
    const out = flow.captured + flow.voided + flow.reclaimed;
    insist(left + out === terms.amount, "conservation: amount = capturable + captured + voided + reclaimed", { id, left, flow }); // prettier-ignore
    insist(owed === flow.captured - flow.refunded, "conservation: refundable = captured − refunded", {
      id,
      owed,
      flow,
    });
    const most = (flow.captured * BigInt(terms.maxFeeBps + 50)) / 10_000n;
    insist(flow.fees <= most, "entitlement: fees ≤ captured · (maxFeeBps + 50) / 10,000", { id, flow });
  }
}

function bondOf({ ruleBy, capturable, terms }: Payment): bigint {
  return ruleBy !== 0 && capturable > 0n ? terms.disputeBond : 0n;
}

/** solvency, and prediction of every balance and ledger entry. */
export async function checkHoldings(world: World): Promise<void> {
  const { stage, model, payments } = world;
  const { book } = model;
  const accounts = [...Object.values(stage.people), stage.treasury, stage.escrow];
  const tokens = stage.tokens.map(({ address }) => address);
  const rows = await look(stage.wire, "holdings", [stage.escrow, tokens, accounts]);
  for (const [index, token] of tokens.entries()) {
    let owed = world.given.get(token) ?? 0n;
    for (const payment of payments) {
      if (payment.terms.token === token) owed += payment.capturable + bondOf(payment);
    }
    for (const [position, account] of accounts.entries()) {
      const [held = 0n, credit = 0n, protocol = 0n] = rows[index * accounts.length + position] ?? [];
      owed += credit + protocol;
      const before = token === ZeroAddress && account === stage.treasury ? stage.treasuryCoin : 0n;
      const [base, own] = [held - before, at(book.held, token, account)];
      insist(base === own, "prediction: what an account holds", { token, account, held: base, predicted: own });
      const kept = [at(book.credit, token, account), at(book.protocol, token, account)];
      insist(credit === kept[0] && protocol === kept[1], "prediction: a ledger entry", { token, account, credit, protocol, kept }); // prettier-ignore
      if (account !== stage.escrow) continue;
      insist(held === owed, "solvency: Σ capturable + Σ bonds + Σ credits + given = balance", { token, held, owed });
    }
  }
}

type Tried = { payment: Payment; seller: string; steps: Step[]; told: unknown };

/** A move of each side on a payment, with an attestation as good as can be. */
async function movesOf(world: World, payment: Payment): Promise<Tried> {
  const { people } = world.stage;
  const { terms, packed } = payment;
  const seller = [terms.operator, terms.payee].find((one) => isPuppet(world, one)) ?? people.stranger;
  const { bytes, attested } = await attestation(world, payment, "good", 0);
  const steps = [
    call(world, seller, "capture", [packed, 1n, terms.maxFeeBps, 2, "0x"]),
    call(world, seller, "capture", [packed, 1n, terms.maxFeeBps, 2, bytes]),
    call(world, people.stranger, "post", [packed, bytes]),
    call(world, people.stranger, "reclaim", [packed]),
    call(world, people.arbiter, "resolve", [packed, 5_000n]),
    call(world, people.stranger, "resolveByDefault", [packed]),
  ];
  return { payment, seller, steps, told: { now: world.model.now, payment, attested } };
}

/** Which of the moves worked, and whether that may be. */
function judgeSides(world: World, { payment, seller, told }: Tried, works: readonly boolean[]): void {
  const { now } = world.model;
  const [plain = false, carried = false, posted = false, back = false, ruled = false, byDefault = false] = works;
  const seen = { told, works };
  const disputed = payment.ruleBy !== 0;
  insist(!(back && (plain || carried || posted)), "sides: payee and payer never both", seen);
  insist(!disputed || !(plain || carried || back), "sides: nobody but the arbiter while there is a dispute", seen);
  insist(disputed ? ruled !== byDefault : !ruled && !byDefault, "sides: the arbiter until ruleBy, then the default", seen); // prettier-ignore
  if (disputed) return;
  const answerable = payment.band === NONE && now < (payment.requested ? payment.silentAt : payment.terms.captureBy);
  const waiting = payment.timed && !answerable && now < payment.opensAt;
  const captures = plain || seller === world.stage.people.stranger; // a payee who is only a key captures by an order
  insist(captures || back || answerable || waiting, "sides: never neither", seen);
  insist(!back || (!answerable && !waiting), "sides: the payer only after the payee's time", seen);
}

/** sides: asked of the contracts, by trying each move and undoing it; the model says only which seconds are stored. */
export async function checkSides(world: World, payments: readonly Payment[]): Promise<Receipt> {
  const tried = await Promise.all(payments.map((payment) => movesOf(world, payment)));
  const steps = tried.flatMap((one) => one.steps);
  const { outcomes, receipt } = await runSteps(world.stage.wire, "probe", steps);
  const works = outcomes.map((outcome) => outcome === "0x00000000");
  for (const [index, one] of tried.entries()) judgeSides(world, one, works.slice(6 * index, 6 * index + 6));
  return receipt;
}
