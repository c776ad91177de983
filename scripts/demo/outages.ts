import { parseEther } from "ethers";

import type { NodePlan } from "../stack/nodes.ts";
import { localPolicy } from "../stack/policy.ts";
import { stop } from "../stack/processes.ts";
import type { Stack } from "../stack/stack.ts";
import type { Cashier, Payment } from "./cashier.ts";
import type { DemoClock } from "./clock.ts";
import { demoWallet } from "./identity.ts";

const amount = parseEther("5");
const capped = parseEther("2000"); // above the policy's silenceCap of 1,000 tokens
const perPart = 5;

/** What the outages did; `stuck` counts payments with money still in escrow when both are over. */
export type Outages = {
  oneDown: { ok: boolean };
  twoDown: { refunded: number; released: number; stuck: number };
  backAgain: { ok: boolean };
};

/** Takes one node away, then a second, then brings both back, with payments under way all the time. */
export async function runOutages(stack: Stack, cashier: Cashier, clock: DemoClock): Promise<Outages> {
  const [first, second, third] = stack.plans;
  if (!first || !second || !third) throw new Error("the outages need three nodes");
  await cashier.fund(new Map([[payer().address, parseEther("100000")]]));

  await takeDown(stack, third);
  const oneDown = { ok: await captureSome(first.url, cashier, clock) };
  await takeDown(stack, second);
  const twoDown = await livesOnSilence(first.url, cashier, clock);
  for (const plan of [second, third]) await stack.restart(plan);
  const backAgain = { ok: await captureSome(second.url, cashier, clock) };
  return { oneDown, twoDown, backAgain };
}

function payer() {
  return demoWallet("payer", "outage");
}

async function takeDown(stack: Stack, plan: NodePlan): Promise<void> {
  const managed = stack.nodes.get(plan);
  if (managed === undefined) throw new Error(`${plan.name} does not run`);
  const code = await stop(managed);
  if (code !== 0) throw new Error(`${plan.name} did not stop cleanly (${code}); its log is ${plan.logFile}`);
  stack.nodes.delete(plan);
}

async function authorizeOne(
  cashier: Cashier,
  clock: DemoClock,
  value: bigint,
  silenceRule: "Refund" | "Release",
): Promise<Payment> {
  const time = clock.now + 60;
  const payee = demoWallet("payee", `outage ${time}`).address;
  const terms = cashier.termsFor(payer().address, payee, value, time, { silenceRule });
  return cashier.authorize(payer(), terms, time);
}

/** Whether payments to new payees still go through: attested by who is left, captured at once. */
async function captureSome(url: string, cashier: Cashier, clock: DemoClock): Promise<boolean> {
  for (let count = 0; count < perPart; count += 1) {
    const payment = await authorizeOne(cashier, clock, amount, "Refund");
    const answer = await cashier.attest(url, payment.terms);
    if (answer === undefined) return false;
    if (answer.band === "Allow") await cashier.capture(payment, answer.attestation);
    else if (answer.score < localPolicy.holdAt)
      await cashier.postedBand(payment); // an audit drew it
    else return false;
  }
  return true;
}

/** Without a quorum: screening is requested on chain, nobody answers, and each payment goes where its terms say. */
async function livesOnSilence(url: string, cashier: Cashier, clock: DemoClock): Promise<Outages["twoDown"]> {
  const refunds: Payment[] = [];
  const releases: Payment[] = [];
  for (let count = 0; count < perPart; count += 1) {
    refunds.push(await authorizeOne(cashier, clock, amount, "Refund"));
    releases.push(await authorizeOne(cashier, clock, count === 0 ? capped : amount, "Release"));
  }
  const all = [...refunds, ...releases];
  const answer = await cashier.attest(url, (all[0] as Payment).terms, 3); // five refunds were made above
  if (answer !== undefined) throw new Error("one node alone made a quorum of two");
  for (const payment of all) await cashier.request(payment);
  let [refunded, released] = [0, 0];
  for (const payment of all) {
    const { silentAt, opensAt } = await cashier.escrow.timer(payment.id);
    const isRefund = refunds.includes(payment);
    await clock.mine(Number(isRefund ? silentAt : opensAt));
    if (isRefund) await cashier.reclaim(payment);
    else await cashier.capture(payment);
    if (isRefund) refunded += 1;
    else released += 1;
  }
  const left = await Promise.all(all.map((payment) => cashier.capturable(payment)));
  return { refunded, released, stuck: left.filter((value) => value !== 0n).length };
}
