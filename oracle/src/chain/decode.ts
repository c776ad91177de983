import type { GateEvent } from "../policy/timeline.ts";
import type { EventRow, PaymentRow } from "../store/schema.ts";
import { sitePlans, type EventPlan } from "./eventPlans.ts";
import type { Sources } from "./site.ts";
import { fieldOfTerms, TERMS_WORDS } from "./terms.ts";
import type { ChainLog } from "./wire.ts";
import { decimalText } from "./wordReaders.ts";

export { escrowInterface, gateInterface } from "./eventPlans.ts";
export { addressesOf, type Site } from "./site.ts";

export const POLICY_KINDS: readonly string[] = ["policySet", "epochRevoked", "signersDisabled"];

export interface Decoded {
  readonly payments: PaymentRow[];
  readonly events: EventRow[];
}

/** Both events that begin a payment carry its terms. */
const BEGINNINGS: ReadonlySet<string> = new Set(["Authorized", "Charged"]);

function paymentRow(log: ChainLog, words: readonly string[], plan: EventPlan, timestamp: number): PaymentRow {
  const from = plan.fixed?.place("terms") ?? 0;
  const terms = `0x${words.slice(from, from + TERMS_WORDS).join("")}`;
  return {
    id: `0x${words[plan.fixed?.place("id") ?? 0] ?? ""}`,
    payer: `0x${fieldOfTerms(terms, "payer")}`,
    payee: `0x${fieldOfTerms(terms, "payee")}`,
    token: `0x${fieldOfTerms(terms, "token")}`,
    amount: decimalText(fieldOfTerms(terms, "amount")),
    terms,
    block: log.block,
    log_index: log.logIndex,
    timestamp,
  };
}

/** A charge is two things at once: this is the capture in it. */
function chargedRow(log: ChainLog, words: readonly string[], plan: EventPlan, payment: PaymentRow): EventRow {
  const fee = (name: string): string => decimalText(words[plan.fixed?.place(name) ?? 0] ?? "0");
  const { id, amount } = payment;
  const captured = { id, amount, operatorFee: fee("operatorFee"), protocolFee: fee("protocolFee") };
  const { block, logIndex, transactionHash } = log;
  const row = { block, log_index: logIndex, kind: "captured", subject: id, transaction_hash: transactionHash };
  return { ...row, body: JSON.stringify(captured) };
}

function addBeginning(log: ChainLog, plan: EventPlan, timestamp: number, decoded: Decoded): void {
  if (plan.fixed === undefined) throw new RangeError(`${plan.name} has arguments of variable size`);
  const words = plan.fixed.words(log.topics, log.data);
  const payment = paymentRow(log, words, plan, timestamp);
  decoded.payments.push(payment);
  if (plan.name === "Charged") decoded.events.push(chargedRow(log, words, plan, payment));
}

/** What the logs of one block mean. Logs of other addresses and events unknown to this release fall away. */
export function decodeLogs(logs: readonly ChainLog[], site: Sources, timestamp: number): Decoded {
  const decoded: Decoded = { payments: [], events: [] };
  const plans = sitePlans(site);
  for (const log of logs) {
    const plan = plans.get(log.address)?.get(log.topics[0] ?? "");
    if (plan === undefined) continue;
    if (plan.part === "escrow" && BEGINNINGS.has(plan.name)) {
      addBeginning(log, plan, timestamp, decoded);
      continue;
    }
    const { subject, body } = plan.read(log.topics, log.data);
    const { block, logIndex, transactionHash } = log;
    decoded.events.push({
      ...{ block, log_index: logIndex, kind: plan.kind, subject, body },
      transaction_hash: transactionHash,
    });
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
    stride: numberAt(body, ["policy", "stride"]),
    chargeCap: numberAt(body, ["policy", "chargeCap"]),
  };
  return { ...base, kind: "policySet", fromBlock: numberAt(body, ["fromBlock"]), policy };
}
