import {
  escrowContract,
  gateContract,
  localTokenAbi,
  unpackTerms,
  type Deployment,
  type PackedTerms,
  type Terms,
} from "@sluice/sdk";
import { Contract, ZeroAddress, type EventLog, type Provider, type Result } from "ethers";

/** One payment as the escrow's events tell it. */
export type BookedPayment = {
  id: string;
  terms: Terms;
  authorizedBlock: number;
  captured: bigint;
  operatorFees: bigint;
  protocolFees: bigint;
  returned: bigint;
  refunded: bigint;
  /** Of a dispute that is neither ruled nor settled. */
  bond: bigint;
  /** Stored band, that of a charge included; undefined where none was. */
  posted?: number;
  /** Bands that were posted, each with its transaction. */
  bands: { band: number; txHash: string }[];
};

/** One `Decided` of the gate, asked for by the escrow. */
export type Decision = {
  subject: string;
  facts: string;
  asOf: number;
  asOfHash: string;
  score: number;
  band: number;
  epoch: string;
  txHash: string;
};

export type Movement = { from: string; to: string; value: bigint; txHash: string };

/** What one transaction should have moved out of the escrow, pushed operator fees apart, and the operators' fees in it. */
export type Flow = { due: bigint; operatorFees: bigint };

/** What was given back under one reason code. */
export type Reason = { count: number; amount: bigint };

export type ChainBooks = {
  payments: Map<string, BookedPayment>;
  decisions: Decision[];
  movements: Movement[];
  /** By transaction, of the deployment's token as all sums below. */
  flows: Map<string, Flow>;
  /** What could not be delivered and was credited. */
  credited: bigint;
  /** What was paid out of the ledger. */
  swept: bigint;
  /** The protocol's part of fees by the account it is kept beside, less what was swept. */
  protocolParts: Map<string, bigint>;
  /** Every account that may have a ledger entry. */
  accounts: Set<string>;
  /** Refunds and voids by reason code. */
  reasons: Map<number, Reason>;
};

/** What the books are about. */
export type BookedDeployment = Pick<Deployment, "escrow" | "gate" | "token">;

const blockRange = 5_000;
const allow = 1;

/** Reads every event of escrow, gate and token since the deployment. */
export async function readBooks(provider: Provider, deployment: BookedDeployment): Promise<ChainBooks> {
  const escrow = escrowContract(deployment.escrow, provider);
  const gate = gateContract(deployment.gate, provider);
  const token = new Contract(deployment.token, localTokenAbi, provider);
  const books = emptyBooks();
  const head = await provider.getBlockNumber();
  for (let from = 0; from <= head; from += blockRange) {
    const to = Math.min(head, from + blockRange - 1);
    for (const log of await eventsOf(escrow, from, to)) bookEscrow(books, log, deployment.token);
    for (const log of await eventsOf(gate, from, to)) bookDecision(books, log, deployment.escrow);
    for (const log of await eventsOf(token, from, to)) bookMovement(books, log);
  }
  return books;
}

function emptyBooks(): ChainBooks {
  return {
    ...{ payments: new Map(), decisions: [], movements: [], flows: new Map(), credited: 0n, swept: 0n },
    ...{ protocolParts: new Map(), accounts: new Set(), reasons: new Map() },
  };
}

async function eventsOf(contract: Contract, from: number, to: number): Promise<EventLog[]> {
  const logs = await contract.queryFilter("*", from, to);
  return logs.filter((log): log is EventLog => "eventName" in log);
}

function bookEscrow(books: ChainBooks, log: EventLog, token: string): void {
  const { eventName: name, args, transactionHash: txHash } = log;
  if (name === "Authorized" || name === "Charged") return bookNew(books, log, token);
  if (name === "Credited" || name === "Swept") return bookLedger(books, log, token);
  const payment = books.payments.get(args.getValue("id"));
  if (payment === undefined) return;
  const flow = flowOf(books, payment.terms.token === token ? txHash : "");
  if (name === "Captured") bookFees(books, payment, args, flow, payment.terms.token === token);
  if (name === "Voided" || name === "Reclaimed") {
    payment.returned += args.getValue("amount");
    flow.due += args.getValue("amount");
  }
  if (name === "Refunded") payment.refunded += args.getValue("amount");
  if (name === "Refunded" || name === "Voided")
    bookReason(books, Number(args.getValue("reasonCode")), args.getValue("amount"));
  if (name === "Disputed") payment.bond = args.getValue("bond");
  const settledAll = name === "Settled" && payment.captured + payment.returned === payment.terms.amount;
  if (name === "Ruled" || settledAll) {
    flow.due += payment.bond;
    payment.bond = 0n;
  }
  if (name === "BandPosted") bookBand(payment, Number(args.getValue("band")), txHash);
  if (name === "Reviewed") payment.posted = Number(args.getValue("toBand"));
}

function bookNew(books: ChainBooks, log: EventLog, token: string): void {
  const { eventName: name, args, blockNumber: authorizedBlock, transactionHash: txHash } = log;
  const id: string = args.getValue("id");
  const packed: PackedTerms = args.getValue("terms").toObject();
  const terms = unpackTerms(packed);
  const zero = { captured: 0n, operatorFees: 0n, protocolFees: 0n, returned: 0n, refunded: 0n, bond: 0n };
  const payment: BookedPayment = { id, terms, authorizedBlock, ...zero, bands: [] };
  books.payments.set(id, payment);
  for (const account of [terms.payer, terms.payee, terms.feeReceiver]) books.accounts.add(account);
  if (name !== "Charged") return;
  const ours = terms.token === token;
  bookFees(books, payment, args, flowOf(books, ours ? txHash : ""), ours, terms.amount);
  bookBand(payment, allow, txHash);
}

/** What the payee is due is the amount less both fees, wherever those go. */
function bookFees(
  books: ChainBooks,
  payment: BookedPayment,
  args: Result,
  flow: Flow,
  ours: boolean,
  amount: bigint = args.getValue("amount"),
): void {
  const operatorFee: bigint = args.getValue("operatorFee");
  const protocolFee: bigint = args.getValue("protocolFee");
  payment.captured += amount;
  payment.operatorFees += operatorFee;
  payment.protocolFees += protocolFee;
  flow.due += amount - operatorFee - protocolFee;
  flow.operatorFees += operatorFee;
  const { feeReceiver, payee } = payment.terms;
  if (ours) addPart(books, feeReceiver === ZeroAddress ? payee : feeReceiver, protocolFee);
}

function bookLedger(books: ChainBooks, { eventName: name, args, transactionHash }: EventLog, token: string): void {
  const account: string = args.getValue("account");
  books.accounts.add(account);
  if (args.getValue("token") !== token) return;
  const amount: bigint = args.getValue("amount");
  const flow = flowOf(books, transactionHash);
  if (name === "Credited") {
    books.credited += amount;
    flow.due -= amount;
    return;
  }
  const protocolAmount: bigint = args.getValue("protocolAmount");
  books.swept += amount + protocolAmount;
  flow.due += amount + protocolAmount;
  addPart(books, account, -protocolAmount);
}

function addPart(books: ChainBooks, account: string, amount: bigint): void {
  books.protocolParts.set(account, (books.protocolParts.get(account) ?? 0n) + amount);
}

/** What the transaction moves; of another token, whose hash is empty, nowhere. */
function flowOf(books: ChainBooks, txHash: string): Flow {
  const flow = books.flows.get(txHash) ?? { due: 0n, operatorFees: 0n };
  if (txHash !== "") books.flows.set(txHash, flow);
  return flow;
}

function bookReason(books: ChainBooks, code: number, amount: bigint): void {
  const { count, amount: sum } = books.reasons.get(code) ?? { count: 0, amount: 0n };
  books.reasons.set(code, { count: count + 1, amount: sum + amount });
}

function bookBand(payment: BookedPayment, band: number, txHash: string): void {
  payment.posted = band;
  payment.bands.push({ band, txHash });
}

function bookDecision(books: ChainBooks, log: EventLog, escrow: string): void {
  if (log.eventName !== "Decided" || log.args.getValue("caller") !== escrow) return;
  books.decisions.push({
    subject: log.args.getValue("subject"),
    facts: log.args.getValue("facts"),
    asOf: Number(log.args.getValue("asOf")),
    epoch: log.args.getValue("epoch"),
    asOfHash: log.args.getValue("asOfHash"),
    txHash: log.transactionHash,
    score: Number(log.args.getValue("score")),
    band: Number(log.args.getValue("band")),
  });
}

function bookMovement(books: ChainBooks, log: EventLog): void {
  if (log.eventName !== "Transfer") return;
  const { from, to, value } = log.args.toObject();
  books.movements.push({ from, to, value, txHash: log.transactionHash });
}
