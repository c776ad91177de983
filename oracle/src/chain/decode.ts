import { paymentEscrowAbi, riskGateAbi, type PackedTerms } from "@sluice/sdk";
import { Interface, type LogDescription, type Result } from "ethers";

import type { GateEvent } from "../policy/timeline.ts";
import type { EventRow, PaymentRow } from "../store/schema.ts";
import { termsFromText, termsText } from "./terms.ts";
import type { ChainLog } from "./wire.ts";

export const escrowInterface = new Interface(paymentEscrowAbi);
export const gateInterface = new Interface(riskGateAbi);

/** Which addresses a log may come from. Lower-case. */
export interface Site {
  readonly gate: string;
  readonly escrow: string;
}

/** Event names of the contracts and the kinds they are stored under; the rest of their events is not kept. */
const ESCROW_KINDS: Readonly<Record<string, string>> = {
  Captured: "captured",
  Voided: "voided",
  Reclaimed: "reclaimed",
  Refunded: "refunded",
  ScreeningRequested: "requested",
  BandPosted: "posted",
};
const GATE_KINDS: Readonly<Record<string, string>> = {
  Decided: "decided",
  PolicySet: "policySet",
  EpochRevoked: "epochRevoked",
  SignersDisabled: "signersDisabled",
};
export const POLICY_KINDS: readonly string[] = ["policySet", "epochRevoked", "signersDisabled"];

export interface Decoded {
  readonly payments: PaymentRow[];
  readonly events: EventRow[];
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
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

/** What the logs of one block mean. Logs of other addresses and events that are not kept fall away. */
export function decodeLogs(logs: readonly ChainLog[], site: Site, timestamp: number): Decoded {
  const decoded: Decoded = { payments: [], events: [] };
  for (const log of logs) {
    const ofEscrow = log.address === site.escrow;
    if (!ofEscrow && log.address !== site.gate) continue;
    const source = ofEscrow ? escrowInterface : gateInterface;
    const description = source.parseLog({ topics: [...log.topics], data: log.data });
    if (description === null) continue;
    if (ofEscrow && description.name === "Authorized") decoded.payments.push(paymentRow(log, description, timestamp));
    const kind = (ofEscrow ? ESCROW_KINDS : GATE_KINDS)[description.name];
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
  };
  return { ...base, kind: "policySet", fromBlock: numberAt(body, ["fromBlock"]), policy };
}
