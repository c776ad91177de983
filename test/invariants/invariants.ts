import { expect } from "chai";

import { attest, ethers, networkHelpers } from "../shared/suite.ts";
import { ENDOWMENT, judgement, type Flows, type Row, type World } from "./world.ts";

function sum(rows: readonly Row[], value: (flows: Flows, amount: bigint) => bigint): bigint {
  return rows.reduce((total, { payment, flows }) => total + value(flows, payment.terms.amount), 0n);
}

/** solvency: Σ capturable + Σ credits + what strangers gave = balance, for each token. */
export async function checkSolvency(world: World): Promise<void> {
  const { escrow, site } = world.suite;
  for (const purse of world.purses) {
    const rows = world.rows.filter(({ payment }) => payment.terms.token === purse.address);
    const states = await Promise.all(rows.map(({ payment }) => escrow.payment(payment.id)));
    let owed = states.reduce((total, { capturable }) => total + capturable, purse.given);
    for (const who of ["payer", "payee", "feeReceiver"] as const) {
      const [credit, protocolCredit] = await escrow.ledger(purse.address, world.suite[who].address);
      owed += credit + protocolCredit;
    }
    const token = await ethers.getContractAt("TestToken", purse.address);
    expect(await token.balanceOf(site.escrow), "solvency: Σ capturable + Σ credits + given = balance").to.equal(owed);
  }
}

/** conservation: amount = capturable + captured + voided + reclaimed and refundable = captured − refunded, for each payment. */
export async function checkConservation(world: World, rows: readonly Row[]): Promise<void> {
  for (const { payment, flows } of rows) {
    const { capturable, refundable } = await world.suite.escrow.payment(payment.id);
    const out = flows.captured + flows.voided + flows.reclaimed;
    expect(capturable + out, "conservation: amount = capturable + captured + voided + reclaimed").to.equal(
      payment.terms.amount,
    );
    const refunded = flows.refundedByPayee + flows.refundedByOperator;
    expect(refundable, "conservation: refundable = captured − refunded").to.equal(flows.captured - refunded);
  }
}

/** delivery: each account has, as balance and credit together, exactly what the events say it got. */
export async function checkDelivery(world: World): Promise<void> {
  const { suite } = world;
  for (const { address } of world.purses) {
    const rows = world.rows.filter(({ payment }) => payment.terms.token === address);
    const token = await ethers.getContractAt("TestToken", address);
    const ledger = async (account: string) => suite.escrow.ledger(address, account);
    const held = async (account: string) => (await token.balanceOf(account)) + (await ledger(account)).credit;
    const back = sum(rows, (f, amount) => f.voided + f.reclaimed + f.refundedByPayee + f.refundedByOperator - amount);
    expect(await held(suite.payer.address), "delivery: payer").to.equal(ENDOWMENT + back);
    const net = sum(rows, (f) => f.captured - f.operatorFees - f.protocolFees - f.refundedByPayee);
    expect(await held(suite.payee.address), "delivery: payee").to.equal(ENDOWMENT + net);
    const operator = ENDOWMENT - sum(rows, (f) => f.refundedByOperator);
    expect(await held(suite.operator.address), "delivery: operator").to.equal(operator);
    const fees = sum(rows, (f) => f.operatorFees);
    expect(await held(suite.feeReceiver.address), "delivery: fee receiver").to.equal(fees);
    const kept = (await ledger(suite.feeReceiver.address)).protocolCredit;
    const protocol = (await token.balanceOf(suite.treasury.address)) + kept;
    expect(protocol, "delivery: treasury").to.equal(sum(rows, (f) => f.protocolFees));
  }
}

/** windows: in no second can a payment be both captured, by whatever means, and reclaimed. */
export async function checkWindows(world: World, { payment }: Row): Promise<void> {
  const { escrow, operator } = world.suite;
  const { capturable, band } = await escrow.payment(payment.id);
  if (capturable === 0n) return;
  const works = (call: Promise<unknown>): Promise<boolean> =>
    call.then(
      () => true,
      () => false,
    );
  if (!(await works(escrow.reclaim.staticCall(payment.packed)))) return;
  const options = await judgement(world.suite, payment, 0);
  const carried = band === 0n ? [await attest(world.suite, payment, { ...options, score: 0 })] : [];
  for (const attestation of ["0x", ...carried]) {
    const call = escrow.connect(operator).capture;
    const both = await works(call.staticCall(payment.packed, 1n, payment.terms.minFeeBps, false, attestation));
    expect(both, "windows: capture and reclaim are never both possible").to.equal(false);
  }
}

/** exit: with every attester dead every unit is out by exitBy(terms); then the escrow holds what strangers gave, no more. */
export async function checkExit(world: World): Promise<void> {
  const { suite } = world;
  const deny = await ethers.getContractAt("DenyListToken", world.purses[1]?.address ?? "");
  const people = [suite.payer, suite.payee, suite.feeReceiver, suite.treasury].map((one) => one.address);
  for (const account of people) await deny.setDenied(account, false);
  const exits = world.rows.map(async ({ payment }) => ({ payment, by: await suite.escrow.exitBy(payment.packed) }));
  for (const { payment, by } of (await Promise.all(exits)).sort((a, b) => Number(a.by - b.by))) {
    if ((await suite.escrow.payment(payment.id)).capturable === 0n) continue;
    if (by > BigInt(await networkHelpers.time.latest())) await networkHelpers.time.setNextBlockTimestamp(by);
    await suite.escrow.connect(suite.stranger).reclaim(payment.packed);
    expect((await suite.escrow.payment(payment.id)).capturable, "exit: nothing is left by exitBy").to.equal(0n);
  }
  for (const purse of world.purses) {
    for (const account of people) {
      const [credit, protocolCredit] = await suite.escrow.ledger(purse.address, account);
      if (credit + protocolCredit > 0n) await suite.escrow.sweep(purse.address, account);
    }
    const token = await ethers.getContractAt("TestToken", purse.address);
    expect(await token.balanceOf(suite.site.escrow), "exit: every unit is out").to.equal(purse.given);
  }
}
