import type { RebateLeaf } from "@sluice/sdk";

import type { Built } from "./build.ts";
import { REASONS, type Reason, type Referred } from "./payment.ts";
import type { AffiliateReport } from "./report.ts";

type Columns<Row> = readonly (readonly [name: string, cell: (row: Row) => string | number | bigint])[];

/** Cells are addresses, ids, codes and numbers: none needs quotes. */
function csv<Row>(columns: Columns<Row>, rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map(([, cell]) => String(cell(row))).join(","));
  return `${[columns.map(([name]) => name).join(","), ...lines].join("\n")}\n`;
}

const LEAVES: Columns<RebateLeaf> = [
  ["account", ({ account }) => account],
  ["cumulative", ({ cumulative }) => cumulative],
];

/** The leaves of a root, in the order of the tree. */
export function leavesCsv(leaves: readonly RebateLeaf[]): string {
  return csv(LEAVES, leaves);
}

const CODES = Object.keys(REASONS) as Reason[]; // keys() widens to string

/** New columns come at the end. */
const AFFILIATES: Columns<AffiliateReport> = [
  ["account", ({ account }) => account],
  ["cumulative", ({ cumulative }) => cumulative],
  ["commission", ({ commission }) => commission],
  ["rebate", ({ rebate }) => rebate],
  ["tier", ({ tier }) => tier],
  ["volume", ({ volume }) => volume],
  ["badBps", ({ badBps }) => badBps],
  ["payers", ({ payers }) => payers],
  ["referred", ({ referred }) => referred],
  ["earning", ({ earning }) => earning],
  ...CODES.map((code) => [code, ({ reasons }: AffiliateReport) => reasons.get(code) ?? 0] as const),
  ["codes", ({ codes }) => codes.map(({ code }) => code).join(" ")],
];

/** One line an account. */
export function affiliatesCsv(affiliates: readonly AffiliateReport[]): string {
  return csv(AFFILIATES, affiliates);
}

/** What is reported about one payment that names a referral. */
export interface PaymentLine {
  readonly id: string;
  readonly block: number;
  /** Seconds since the Unix epoch. */
  readonly time: number;
  readonly referral: string;
  /** Whom the commission goes to, "" for nobody. */
  readonly affiliate: string;
  readonly payer: string;
  readonly payee: string;
  readonly captured: bigint;
  readonly refunded: bigint;
  readonly protocolFee: bigint;
  readonly commission: bigint;
  readonly rebate: bigint;
  /** Whom the rebate goes to, "" for nobody. */
  readonly rebateTo: string;
  /** "" where it earns. */
  readonly reason: Reason | "";
  /** Text of the registered code, "" for none. */
  readonly code: string;
  /** Where the referral stands: in the terms, or behind the calldata. */
  readonly attributedBy: "terms" | "suffix";
}

const PAYMENTS: Columns<PaymentLine> = [
  ["id", ({ id }) => id],
  ["block", ({ block }) => block],
  ["time", ({ time }) => time],
  ["referral", ({ referral }) => referral],
  ["affiliate", ({ affiliate }) => affiliate],
  ["payer", ({ payer }) => payer],
  ["payee", ({ payee }) => payee],
  ["captured", ({ captured }) => captured],
  ["refunded", ({ refunded }) => refunded],
  ["protocolFee", ({ protocolFee }) => protocolFee],
  ["commission", ({ commission }) => commission],
  ["rebate", ({ rebate }) => rebate],
  ["rebateTo", ({ rebateTo }) => rebateTo],
  ["reason", ({ reason }) => reason],
  ["code", ({ code }) => code],
  ["attributedBy", ({ attributedBy }) => attributedBy],
];

function sum(amounts: readonly { readonly amount: bigint }[]): bigint {
  return amounts.reduce((total, { amount }) => total + amount, 0n);
}

export function paymentLine(payment: Referred): PaymentLine {
  const { terms, payout = "", code = "", captures, refunds, share, reason = "", rebateReceiver = "" } = payment;
  const { id, block, time, referral, payer, payee, attributedBy = "terms" } = terms;
  return {
    ...{ id, block, time, referral, affiliate: payout, payer, payee },
    captured: sum(captures),
    refunded: sum(refunds),
    protocolFee: captures.reduce((total, { protocolFee }) => total + protocolFee, 0n),
    commission: share.commission,
    rebate: share.rebate,
    rebateTo: rebateReceiver,
    ...{ reason, code, attributedBy },
  };
}

/** Names of the columns about a payment. */
export const PAYMENT_HEADER = PAYMENTS.map(([name]) => name).join(",");

/** One payment without the end of its line. */
export function paymentLineCsv(line: PaymentLine): string {
  return PAYMENTS.map(([, cell]) => String(cell(line))).join(",");
}

/** One line a payment that names a referral, in the order of the chain. */
export function paymentsCsv(lines: readonly PaymentLine[]): string {
  return csv(PAYMENTS, lines);
}

/** The three reports of a build. */
export function reportsOfBuild({ result }: Built): Readonly<Record<string, string>> {
  return {
    "leaves.csv": leavesCsv(result.leaves),
    "affiliates.csv": affiliatesCsv(result.affiliates),
    "payments.csv": paymentsCsv(result.payments.map(paymentLine)),
  };
}
