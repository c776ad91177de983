import { gateContract, type Deployment } from "@sluice/sdk";
import { Contract, ZeroAddress, type JsonRpcProvider } from "ethers";

import { unpackFacts } from "../../oracle/src/facts/facts.ts";
import { band as bandOf } from "../../oracle/src/model/bands.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { score as scoreOf } from "../../oracle/src/model/reference.ts";
import type { ChainBooks } from "./ledgerFromChain.ts";

const auditAbi = [
  "function balanceOf(address) view returns (uint256)",
  "function ledger(address,address) view returns (uint256 credit, uint256 protocolCredit)",
];

/** One thing that does not agree: what it is, what the books say and what the chain says. */
export type Difference = { what: string; books: string; chain: string };

/** Balances of every account that ever moved tokens, from the receipts, against the token's own answer. */
export async function auditBalances(
  provider: JsonRpcProvider,
  deployment: Deployment,
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
 * The escrow's balance is what its events say is still in payments, plus the ledger. Kept fees are the fees of all captures
 * less what left the escrow in the same transactions beyond the payees' part.
 */
export async function auditEscrow(
  provider: JsonRpcProvider,
  deployment: Deployment,
  books: ChainBooks,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const escrow = new Contract(deployment.escrow, auditAbi, provider);
  const token = new Contract(deployment.token, auditAbi, provider);
  const held = [...books.payments.values()].map(({ terms, captured, returned }) => terms.amount - captured - returned);
  const inPayments = held.reduce((sum, value) => sum + value, 0n);
  const receivers = new Set([...books.payments.values()].map(({ terms }) => terms.feeReceiver));
  let inLedger = 0n;
  for (const account of receivers) {
    const { credit, protocolCredit } = await escrow.getFunction("ledger")(deployment.token, account);
    inLedger += BigInt(credit) + BigInt(protocolCredit);
  }
  compare(differences, "fees kept in the ledger", keptFees(deployment, books), inLedger);
  const balance: bigint = await token.getFunction("balanceOf")(deployment.escrow);
  compare(differences, "escrow: payments and ledger against its balance", inPayments + inLedger, balance);
  return differences;
}

function keptFees(deployment: Deployment, books: ChainBooks): bigint {
  let [fees, net, left] = [0n, 0n, 0n];
  for (const { captured, operatorFees, protocolFees } of books.payments.values()) {
    fees += operatorFees + protocolFees;
    net += captured - operatorFees - protocolFees;
  }
  for (const { from, txHash, value } of books.movements) {
    if (from === deployment.escrow && books.captureTransactions.has(txHash)) left += value;
  }
  return fees - (left - net);
}

/** Every decision again: score from the facts by the integer reference, band from the policy of the payment's block. */
export async function auditDecisions(
  provider: JsonRpcProvider,
  deployment: Deployment,
  books: ChainBooks,
  model: QuantisedModel,
): Promise<Difference[]> {
  const gate = gateContract(deployment.gate, provider);
  const differences: Difference[] = [];
  const policies = new Map<number, { holdAt: number; blockAt: number }>();
  for (const decision of books.decisions) {
    const block = books.payments.get(decision.subject)?.authorizedBlock ?? 0;
    const known = policies.get(block) ?? (await policyOf(gate, block));
    policies.set(block, known);
    const score = scoreOf(model, unpackFacts(decision.facts));
    compare(differences, `score of ${decision.subject}`, score, decision.score);
    compare(differences, `band of ${decision.subject}`, bandOf(score, known.holdAt, known.blockAt), decision.band);
    const posted = books.payments.get(decision.subject)?.posted;
    if (posted !== undefined) compare(differences, `posted band of ${decision.subject}`, decision.band, posted);
  }
  return differences;
}

async function policyOf(gate: Contract, block: number): Promise<{ holdAt: number; blockAt: number }> {
  const { policy } = await gate.getFunction("policyAt")(block);
  return { holdAt: Number(policy.holdAt), blockAt: Number(policy.blockAt) };
}

function compare(differences: Difference[], what: string, books: bigint | number, chain: bigint | number): void {
  if (BigInt(books) !== BigInt(chain)) differences.push({ what, books: String(books), chain: String(chain) });
}
