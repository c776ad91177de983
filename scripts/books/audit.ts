import { escrowContract, gateContract } from "@sluice/sdk";
import { Contract, ZeroAddress, type Provider } from "ethers";

import { BAND, band as bandOf } from "../../oracle/src/model/bands.ts";
import { isAudited } from "../../oracle/src/policy/audit.ts";
import type { BookedDeployment, ChainBooks, Decision } from "./ledgerFromChain.ts";

const auditAbi = ["function balanceOf(address) view returns (uint256)"];

/** One thing that does not agree: what it is, what the books say and what the chain says. */
export type Difference = { what: string; books: string; chain: string };

/** Balances of every account that ever moved tokens, from the receipts, against the token's own answer. */
export async function auditBalances(
  provider: Provider,
  deployment: BookedDeployment,
  books: ChainBooks,
): Promise<Difference[]> {
  const expected = new Map<string, bigint>();
  const add = (account: string, value: bigint): void =>
    void expected.set(account, (expected.get(account) ?? 0n) + value);
  for (const { from, to, value } of books.movements) {
    if (from !== ZeroAddress) add(from, -value);
    add(to, value);
  }
  const token = new Contract(deployment.token, auditAbi, provider);
  const differences: Difference[] = [];
  for (const [account, balance] of expected) {
    const actual: bigint = await token.getFunction("balanceOf")(account);
    compare(differences, `balance of ${account}`, balance, actual);
  }
  return differences;
}

/**
 * The escrow's balance is what its events say is still in payments and bonds, plus the ledger. The ledger holds the fees of all
 * captures and what could not be delivered, less what was swept and the operators' fees that were pushed: those are what left
 * the escrow beyond what payees, payers and openers of disputes were due.
 */
export async function auditEscrow(
  provider: Provider,
  deployment: BookedDeployment,
  books: ChainBooks,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const escrow = escrowContract(deployment.escrow, provider);
  const token = new Contract(deployment.token, auditAbi, provider);
  let [inPayments, fees, inLedger] = [0n, 0n, 0n];
  for (const { terms, captured, returned, bond, operatorFees, protocolFees } of books.payments.values()) {
    if (terms.token !== deployment.token) continue;
    inPayments += terms.amount - captured - returned + bond;
    fees += operatorFees + protocolFees;
  }
  for (const account of books.accounts) {
    const [credit, protocolCredit]: [bigint, bigint] = await escrow.getFunction("ledger")(deployment.token, account);
    const part = books.protocolParts.get(account) ?? 0n;
    compare(differences, `protocol's part beside ${account}`, part, protocolCredit);
    inLedger += credit + protocolCredit;
  }
  const pushed = pushedFees(deployment, books, differences);
  compare(differences, "kept in the ledger", fees - pushed + books.credited - books.swept, inLedger);
  const balance: bigint = await token.getFunction("balanceOf")(deployment.escrow);
  compare(differences, "escrow: payments, bonds and ledger against its balance", inPayments + inLedger, balance);
  return differences;
}

/** What left the escrow beyond what was due; in each transaction that is none or some of its operators' fees. */
function pushedFees(deployment: BookedDeployment, books: ChainBooks, differences: Difference[]): bigint {
  const left = new Map<string, bigint>();
  for (const { from, txHash, value } of books.movements) {
    if (from === deployment.escrow) left.set(txHash, (left.get(txHash) ?? 0n) + value);
  }
  let sum = 0n;
  for (const txHash of new Set([...left.keys(), ...books.flows.keys()])) {
    const { due, operatorFees } = books.flows.get(txHash) ?? { due: 0n, operatorFees: 0n };
    const moved = left.get(txHash) ?? 0n;
    const pushed = moved - due;
    if (pushed < 0n || pushed > operatorFees) compare(differences, `what left the escrow in ${txHash}`, due, moved);
    sum += pushed;
  }
  return sum;
}

/** Amounts and band of every payment, from the events, against what the escrow stores. */
export async function auditPayments(
  provider: Provider,
  deployment: BookedDeployment,
  books: ChainBooks,
): Promise<Difference[]> {
  const escrow = escrowContract(deployment.escrow, provider);
  const differences: Difference[] = [];
  for (const { id, terms, captured, returned, refunded, posted } of books.payments.values()) {
    const stored = await escrow.getFunction("payment")(id);
    compare(differences, `capturable of ${id}`, terms.amount - captured - returned, stored.capturable);
    compare(differences, `refundable of ${id}`, captured - refunded, stored.refundable);
    compare(differences, `stored band of ${id}`, posted ?? 0, stored.band);
  }
  return differences;
}

/** Every decision again: score from the facts by the model, band from the policy of the payment's block. */
export async function auditDecisions(
  provider: Provider,
  deployment: BookedDeployment,
  books: ChainBooks,
  scoreOf: (facts: string) => number,
): Promise<Difference[]> {
  const gate = gateContract(deployment.gate, provider);
  const differences: Difference[] = [];
  const policies = new Map<number, Thresholds>();
  for (const decision of books.decisions) {
    const block = books.payments.get(decision.subject)?.authorizedBlock ?? 0;
    const known = policies.get(block) ?? (await policyOf(gate, block));
    policies.set(block, known);
    const score = scoreOf(decision.facts);
    compare(differences, `score of ${decision.subject}`, score, decision.score);
    compare(differences, `band of ${decision.subject}`, bandUnder(known, score, decision, block), decision.band);
    const posted = postedBy(books, decision);
    if (posted !== undefined) compare(differences, `posted band of ${decision.subject}`, decision.band, posted);
  }
  return differences;
}

type Thresholds = { holdAt: number; blockAt: number; auditShare: number };

/**
 * The gate's band. What is as of a later block than the payment's may hold it, never block it; what is as of an earlier one is a
 * charge, which is not audited.
 */
function bandUnder(policy: Thresholds, score: number, decision: Decision, block: number): number {
  const { subject, asOf, asOfHash } = decision;
  const plain = bandOf(score, policy.holdAt, policy.blockAt);
  if (block !== 0 && asOf > block && plain > BAND.hold) return BAND.hold;
  const audited = plain === BAND.allow && asOf >= block && isAudited(policy.auditShare, subject, asOfHash);
  return audited ? BAND.hold : plain;
}

/** The band that the decision's transaction stored first; a tightening may follow in the same one. */
function postedBy(books: ChainBooks, { subject, txHash }: Decision): number | undefined {
  return books.payments.get(subject)?.bands.find((posted) => posted.txHash === txHash)?.band;
}

async function policyOf(gate: Contract, block: number): Promise<Thresholds> {
  const { policy } = await gate.getFunction("policyAt")(block);
  const { holdAt, blockAt, auditShare } = policy;
  return { holdAt: Number(holdAt), blockAt: Number(blockAt), auditShare: Number(auditShare) };
}

function compare(differences: Difference[], what: string, books: bigint | number, chain: bigint | number): void {
  if (BigInt(books) !== BigInt(chain)) differences.push({ what, books: String(books), chain: String(chain) });
}
