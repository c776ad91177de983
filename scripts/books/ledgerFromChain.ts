import {
  escrowContract,
  gateContract,
  localTokenAbi,
  unpackTerms,
  type Deployment,
  type PackedTerms,
  type Terms,
} from "@sluice/sdk";
import { Contract, type EventLog, type JsonRpcProvider } from "ethers";

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
  /** Posted band; undefined where none was posted. */
  posted?: number;
};

/** One `Decided` of the gate, asked for by the escrow. */
export type Decision = { subject: string; facts: string; score: number; band: number; epoch: string };

export type Movement = { from: string; to: string; value: bigint; txHash: string };

export type ChainBooks = {
  payments: Map<string, BookedPayment>;
  decisions: Decision[];
  movements: Movement[];
  captureTransactions: Set<string>;
};

const blockRange = 5_000;

/** Reads every event of escrow, gate and token since the deployment. */
export async function readBooks(provider: JsonRpcProvider, deployment: Deployment): Promise<ChainBooks> {
  const escrow = escrowContract(deployment.escrow, provider);
  const gate = gateContract(deployment.gate, provider);
  const token = new Contract(deployment.token, localTokenAbi, provider);
  const books: ChainBooks = { payments: new Map(), decisions: [], movements: [], captureTransactions: new Set() };
  const head = await provider.getBlockNumber();
  for (let from = 0; from <= head; from += blockRange) {
    const to = Math.min(head, from + blockRange - 1);
    for (const log of await eventsOf(escrow, from, to)) bookEscrow(books, log);
    for (const log of await eventsOf(gate, from, to)) bookDecision(books, log, deployment.escrow);
    for (const log of await eventsOf(token, from, to)) bookMovement(books, log);
  }
  return books;
}

async function eventsOf(contract: Contract, from: number, to: number): Promise<EventLog[]> {
  const logs = await contract.queryFilter("*", from, to);
  return logs.filter((log): log is EventLog => "eventName" in log);
}

function bookEscrow(books: ChainBooks, log: EventLog): void {
  const { eventName: name, args } = log;
  if (name === "Authorized") {
    const id: string = args.getValue("id");
    const packed: PackedTerms = args.getValue("terms").toObject();
    const zero = { captured: 0n, operatorFees: 0n, protocolFees: 0n, returned: 0n, refunded: 0n };
    books.payments.set(id, { id, terms: unpackTerms(packed), authorizedBlock: log.blockNumber, ...zero });
    return;
  }
  const payment = books.payments.get(name === "Credited" || name === "Swept" ? "" : args.getValue("id"));
  if (payment === undefined) return;
  if (name === "Captured") {
    payment.captured += args.getValue("amount");
    payment.operatorFees += args.getValue("operatorFee");
    payment.protocolFees += args.getValue("protocolFee");
    books.captureTransactions.add(log.transactionHash);
  }
  if (name === "Voided" || name === "Reclaimed") payment.returned += args.getValue("amount");
  if (name === "Refunded") payment.refunded += args.getValue("amount");
  if (name === "BandPosted") payment.posted = Number(args.getValue("band"));
}

function bookDecision(books: ChainBooks, log: EventLog, escrow: string): void {
  if (log.eventName !== "Decided" || log.args.getValue("caller") !== escrow) return;
  books.decisions.push({
    subject: log.args.getValue("subject"),
    facts: log.args.getValue("facts"),
    epoch: log.args.getValue("epoch"),
    score: Number(log.args.getValue("score")),
    band: Number(log.args.getValue("band")),
  });
}

function bookMovement(books: ChainBooks, log: EventLog): void {
  if (log.eventName !== "Transfer") return;
  const { from, to, value } = log.args.toObject();
  books.movements.push({ from, to, value, txHash: log.transactionHash });
}
