import { createHash } from "node:crypto";

import { microUnits } from "../facts/units.ts";

/** Decimals of the native coin, and the shift that turns its smallest unit into micro-units. */
const NATIVE_DECIMALS = 18;
export const NATIVE_SHIFT = 12;

/** How many of an account's incoming payments the stream takes. */
export const MOST_PAYMENTS = 20;

/** Accounts are split into this many folds; fold 0 is never seen in training. */
export const FOLDS = 5;

/** One incoming payment of an account, in the account's own order. */
export interface IncomingPayment {
  readonly account: string;
  /** 1 for the account's first incoming payment. */
  readonly index: number;
  /** Seconds since the account's first transaction. */
  readonly tRelSeconds: number;
  readonly counterparty: string;
  readonly amountWei: bigint;
}

/** An account with its incoming payments; illicit where it was reported as such. */
export interface LabelledAccount {
  readonly account: string;
  readonly illicit: boolean;
  readonly payments: readonly IncomingPayment[];
}

/** A data file whose rows are not what they should be. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/** The fold of an account: sha256 of its name, as one number, modulo 5. */
export function foldOf(account: string): number {
  return Number(BigInt(`0x${createHash("sha256").update(account).digest("hex")}`) % BigInt(FOLDS));
}

/**
 * A decimal amount of the native coin in its smallest unit; digits beyond the 18th decimal are dropped.
 *
 * @param decimal Such as `3.60913`, `12` or `9.11e-16`.
 */
export function weiOf(decimal: string): bigint {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(decimal);
  if (match === null) throw new DataError(`not a decimal amount: ${JSON.stringify(decimal)}`);
  const [, whole = "0", fraction = "", exponent = "0"] = match;
  const digits = BigInt(whole + fraction);
  const power = NATIVE_DECIMALS + Number(exponent) - fraction.length;
  return power >= 0 ? digits * 10n ** BigInt(power) : digits / 10n ** BigInt(-power);
}

/** Amount of a payment in micro-units. */
export function microOf(payment: IncomingPayment): number {
  return microUnits(payment.amountWei, NATIVE_SHIFT);
}

/** Rows of a comma-separated text with a known header, empty lines left out. */
export function readRows(text: string, header: string): string[][] {
  const [first, ...rest] = text.split(/\r?\n/);
  if (first !== header) throw new DataError(`expected the header ${header}, found ${first}`);
  const columns = header.split(",").length;
  return rest
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split(",");
      if (cells.length !== columns) throw new DataError(`expected ${columns} columns in ${line}`);
      return cells;
    });
}

/** account -> illicit, from `account,flag` rows. */
export function parseLabels(text: string): Map<string, boolean> {
  return new Map(
    readRows(text, "account,flag").map(([account = "", flag]) => {
      if (flag !== "0" && flag !== "1") throw new DataError(`flag of ${account} is ${flag}`);
      return [account, flag === "1"];
    }),
  );
}

/** Payments by account, in the order of the file, labelled; accounts without a payment are left out. */
export function labelled(
  payments: Iterable<Omit<IncomingPayment, "index">>,
  labels: ReadonlyMap<string, boolean>,
): LabelledAccount[] {
  const byAccount = new Map<string, IncomingPayment[]>();
  for (const payment of payments) {
    const list = byAccount.get(payment.account) ?? [];
    if (list.length < MOST_PAYMENTS) list.push({ ...payment, index: list.length + 1 });
    byAccount.set(payment.account, list);
  }
  return Array.from(byAccount, ([account, list]) => {
    const illicit = labels.get(account);
    if (illicit === undefined) throw new DataError(`account ${account} has no label`);
    return { account, illicit, payments: list };
  });
}

/** The first incoming payments of each account in a file of transactions: inward, above zero, without an error. */
export function parseTransactions(text: string, labels: ReadonlyMap<string, boolean>): LabelledAccount[] {
  const rows = readRows(text, "account,t_rel_s,dir,counterparty,value_eth,is_error,is_call");
  const incoming = rows
    .filter(([, , direction, , value, error]) => direction === "in" && error === "0" && Number(value) > 0)
    .map(([account = "", seconds, , counterparty = "", value = ""]) => ({
      account,
      tRelSeconds: Number(seconds),
      counterparty,
      amountWei: weiOf(value),
    }));
  return labelled(incoming, labels);
}
