import { microUnits } from "../../facts/units.ts";
import { NATIVE_SHIFT, weiOf } from "../../train/payments.ts";
import { EvaluateError } from "../errors.ts";
import { columnIndices, readCsv } from "../formats/csv.ts";

const COLUMNS = ["account", "t_rel_s", "dir", "counterparty", "value_eth", "is_error", "is_call"] as const;
const LABEL_COLUMNS = ["account", "flag"] as const;

/** One transaction of an account, as it sees it. */
export interface Transaction {
  /** Seconds since the account's first transaction. */
  readonly time: number;
  readonly inward: boolean;
  readonly counterparty: string;
  readonly micro: number;
  readonly failed: boolean;
  readonly call: boolean;
}

/** An account with its transactions in the order of the chain. */
export interface AccountStream {
  readonly account: string;
  readonly illicit: boolean;
  readonly transactions: readonly Transaction[];
}

/** One cell of a line, with what an error must say about it. */
class Cell {
  readonly #text: string;
  readonly #place: string;

  constructor(text: string | undefined, column: string, path: string, line: number) {
    this.#text = text ?? "";
    this.#place = `line ${line} of ${path}: ${column} is ${JSON.stringify(this.#text)}`;
  }

  name(): string {
    if (this.#text === "") throw new EvaluateError(`${this.#place}, expected a name`);
    return this.#text;
  }

  oneOf<T>(meanings: Readonly<Record<string, T>>): T {
    const meaning = Object.hasOwn(meanings, this.#text) ? meanings[this.#text] : undefined;
    if (meaning === undefined)
      throw new EvaluateError(`${this.#place}, expected ${Object.keys(meanings).join(" or ")}`);
    return meaning;
  }

  seconds(): number {
    const value = Number(this.#text);
    if (!/^\d+$/.test(this.#text) || !Number.isSafeInteger(value)) {
      throw new EvaluateError(`${this.#place}, expected whole seconds since the account's first transaction`);
    }
    return value;
  }

  micro(): number {
    if (!/^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(this.#text)) {
      throw new EvaluateError(`${this.#place}, expected an amount of the native coin such as 1.25`);
    }
    return microUnits(weiOf(this.#text), NATIVE_SHIFT);
  }
}

const FLAG = { "0": false, "1": true } as const;
const DIRECTION = { in: true, out: false } as const;

type Take = (cell: (column: number) => Cell, line: number) => void;

/** Reads a file with known columns, in whatever order they stand. */
async function eachLine(path: string, columns: readonly string[], take: Take): Promise<void> {
  await readCsv(path, (header) => {
    const indices = columnIndices(path, header, columns);
    return (cells, line) =>
      take((column) => new Cell(cells[indices[column] ?? -1], columns[column] ?? "", path, line), line);
  });
}

async function readLabels(path: string): Promise<Map<string, boolean>> {
  const labels = new Map<string, boolean>();
  await eachLine(path, LABEL_COLUMNS, (cell, line) => {
    const account = cell(0).name();
    if (labels.has(account)) throw new EvaluateError(`line ${line} of ${path}: ${account} has a label already`);
    labels.set(account, cell(1).oneOf(FLAG));
  });
  return labels;
}

/**
 * Reads accounts with their transactions, from the columns account, t_rel_s, dir, counterparty, value_eth, is_error and is_call.
 *
 * @param data Path of the transactions, each account's in the order of time.
 * @param labels Path of the labels: account, flag.
 */
export async function readAccountStreams(data: string, labels: string): Promise<AccountStream[]> {
  const flags = await readLabels(labels);
  const streams = new Map<string, Transaction[]>();
  await eachLine(data, COLUMNS, (cell, line) => {
    const account = cell(0).name();
    const transaction = {
      time: cell(1).seconds(),
      inward: cell(2).oneOf(DIRECTION),
      counterparty: cell(3).name(),
      micro: cell(4).micro(),
      failed: cell(5).oneOf(FLAG),
      call: cell(6).oneOf(FLAG),
    };
    const own = streams.get(account);
    if (own === undefined) streams.set(account, [transaction]);
    else if (transaction.time >= (own.at(-1)?.time ?? 0)) own.push(transaction);
    else throw new EvaluateError(`line ${line} of ${data}: a transaction of ${account} lies before the one above it`);
  });
  if (streams.size === 0) throw new EvaluateError(`${data} holds no transactions`);
  return Array.from(streams, ([account, transactions]) => {
    const illicit = flags.get(account);
    if (illicit === undefined) throw new EvaluateError(`${labels} has no label for account ${account}`);
    return { account, illicit, transactions };
  });
}
