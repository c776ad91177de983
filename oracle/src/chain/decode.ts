import { listRegistryAbi, paymentEscrowAbi, riskGateAbi, type PackedTerms } from "@sluice/sdk";
import { Interface, type LogDescription, type Result } from "ethers";

import type { GateEvent } from "../policy/timeline.ts";
import type { EventRow, PaymentRow } from "../store/schema.ts";
import { termsFromText, termsText } from "./terms.ts";
import type { ChainLog } from "./wire.ts";

export const escrowInterface = new Interface(paymentEscrowAbi);
export const gateInterface = new Interface(riskGateAbi);
const listInterface = new Interface(listRegistryAbi);

/** Which addresses a log may come from. Lower-case. */
export interface Site {
  readonly gate: string;
  readonly escrow: string;
  /** The list registry, where there is one. */
  readonly lists?: string;
}

/** The addresses whose logs are read. */
export function addressesOf({ gate, escrow, lists }: Site): string[] {
  return lists === undefined ? [gate, escrow] : [gate, escrow, lists];
}

/** Event names of the contracts and the kinds they are stored under; the rest of their events is not kept. */
const ESCROW_KINDS: Readonly<Record<string, string>> = {
  Captured: "captured",
  Voided: "voided",
  Reclaimed: "reclaimed",
  Refunded: "refunded",
  ScreeningRequested: "requested",
  BandPosted: "posted",
  Disputed: "disputed",
  Ruled: "ruled",
  Settled: "settled",
  Reviewed: "reviewed",
};
const GATE_KINDS: Readonly<Record<string, string>> = {
  Decided: "decided",
  PolicySet: "policySet",
  EpochRevoked: "epochRevoked",
  SignersDisabled: "signersDisabled",
};
const LIST_KINDS: Readonly<Record<string, string>> = { ListBatchAppended: "listBatch" };
export const POLICY_KINDS: readonly string[] = ["policySet", "epochRevoked", "signersDisabled"];

export interface Decoded {
  readonly payments: PaymentRow[];
  readonly events: EventRow[];
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "string") return value.startsWith("0x") ? value.toLowerCase() : value;
  return value;
}

/** Arguments by name, structs too, numbers as decimal text. */
function body(
  names: readonly { name: string; components?: readonly { name: string }[] | null }[],
  args: Result,
): object {
  const entries = names.map(({ name, components }, index) => {
    const value: unknown = args[index];
    // A tuple parameter's value is a Result of its own.
    return [name, components ? body(components, value as Result) : plain(value)] as const;
  });
  return Object.fromEntries(entries);
}

function paymentRow(log: ChainLog, description: LogDescription, timestamp: number): PaymentRow {
  // ethers gives the struct by the names of the ABI, which are those of PackedTerms.
  const text = termsText(description.args.getValue("terms") as PackedTerms);
  const terms = termsFromText(text);
  return {
    id: String(description.args.getValue("id")).toLowerCase(),
    payer: terms.payer.toLowerCase(),
    payee: terms.payee.toLowerCase(),
    token: terms.token.toLowerCase(),
    amount: terms.amount.toString(),
    terms: text,
    block: log.block,
    log_index: log.logIndex,
    timestamp,
  };
}

function eventRow(log: ChainLog, kind: string, description: LogDescription): EventRow {
  const { args, fragment } = description;
  const subjectName = ["id", "subject", "epoch"].find((name) => fragment.inputs.some((input) => input.name === name));
  return {
    block: log.block,
    log_index: log.logIndex,
    kind,
    subject: subjectName === undefined ? "" : String(args.getValue(subjectName)).toLowerCase(),
    body: JSON.stringify(body(fragment.inputs, args)),
    transaction_hash: log.transactionHash,
  };
}

/** A charge is two things at once: this is the capture in it. */
function chargedRow(log: ChainLog, description: LogDescription, payment: PaymentRow): EventRow {
  const fee = (name: string): string => String(description.args.getValue(name));
  const { id, amount } = payment;
  const captured = { id, amount, operatorFee: fee("operatorFee"), protocolFee: fee("protocolFee") };
  const { block, logIndex, transactionHash } = log;
  const row = { block, log_index: logIndex, kind: "captured", subject: id, transaction_hash: transactionHash };
  return { ...row, body: JSON.stringify(captured) };
}

/** How the logs of an address are read, undefined for an address that is not of the site. */
function sourceOf(
  address: string,
  site: Site,
): { source: Interface; kinds: Readonly<Record<string, string>> } | undefined {
  if (address === site.escrow) return { source: escrowInterface, kinds: ESCROW_KINDS };
  if (address === site.gate) return { source: gateInterface, kinds: GATE_KINDS };
  return address === site.lists ? { source: listInterface, kinds: LIST_KINDS } : undefined;
}

/** What the logs of one block mean. Logs of other addresses and events that are not kept fall away. */
export function decodeLogs(logs: readonly ChainLog[], site: Site, timestamp: number): Decoded {
  const decoded: Decoded = { payments: [], events: [] };
  for (const log of logs) {
    const found = sourceOf(log.address, site);
    const description = found?.source.parseLog({ topics: [...log.topics], data: log.data });
    if (found === undefined || description === undefined || description === null) continue;
    const ofEscrow = found.source === escrowInterface;
    if (ofEscrow && description.name === "Authorized") decoded.payments.push(paymentRow(log, description, timestamp));
    if (ofEscrow && description.name === "Charged") {
      const charged = paymentRow(log, description, timestamp);
      decoded.payments.push(charged);
      decoded.events.push(chargedRow(log, description, charged));
    }
    const kind = found.kinds[description.name];
    if (kind !== undefined) decoded.events.push(eventRow(log, kind, description));
  }
  return decoded;
}

function numberAt(value: unknown, path: readonly string[]): number {
  let found: unknown = value;
  for (const name of path) found = typeof found === "object" && found !== null ? Reflect.get(found, name) : undefined;
  const number = Number(found);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${path.join(".")} is no number in a stored event`);
  return number;
}

/** A stored gate event as the policy timeline takes it. */
export function gateEvent(row: EventRow): GateEvent | undefined {
  if (!POLICY_KINDS.includes(row.kind)) return undefined;
  const body: unknown = JSON.parse(row.body);
  const base = { block: row.block, epoch: row.subject };
  if (row.kind === "epochRevoked") return { ...base, kind: "epochRevoked" };
  if (row.kind === "signersDisabled") return { ...base, kind: "signersDisabled", mask: numberAt(body, ["mask"]) };
  const policy = {
    holdAt: numberAt(body, ["policy", "holdAt"]),
    blockAt: numberAt(body, ["policy", "blockAt"]),
    refreshLog2: numberAt(body, ["policy", "refreshLog2"]),
    auditShare: numberAt(body, ["policy", "auditShare"]),
  };
  return { ...base, kind: "policySet", fromBlock: numberAt(body, ["fromBlock"]), policy };
}
