import { EvaluateError } from "../errors.ts";
import type { PaymentStream } from "../stream.ts";
import { StreamBuilder } from "../stream.ts";
import { columnIndices, readCsv } from "./csv.ts";

const COLUMNS = [
  "CUSTOMER_ID",
  "TERMINAL_ID",
  "TX_AMOUNT",
  "TX_TIME_SECONDS",
  "TX_FRAUD",
  "TX_FRAUD_SCENARIO",
] as const;

const MICRO_PER_CENT = 10_000;

/** Seconds from the Unix epoch to the stream's second 0. */
export const HANDBOOK_START = Date.UTC(2018, 3, 1) / 1000;

/** Second of the stream at which a day of its year begins. */
export function handbookDay(month: number, day: number): number {
  return Date.UTC(2018, month - 1, day) / 1000 - HANDBOOK_START;
}

/** Micro-units of an amount with at most two decimals, without a detour over binary fractions. */
function microOfCents(amount: string, lineNumber: number): number {
  const match = /^(\d+)(?:\.(\d{1,2})0*)?$/.exec(amount);
  if (match === null) throw new EvaluateError(`line ${lineNumber}: TX_AMOUNT is ${amount}, expected such as 57.16`);
  return (Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"))) * MICRO_PER_CENT;
}

function natural(name: string, text: string, lineNumber: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new EvaluateError(`line ${lineNumber}: ${name} is ${text}, expected a whole number`);
  }
  return value;
}

/** Reads a card stream with the columns of the Fraud Detection Handbook's simulator, csv or csv.gz. */
export async function readHandbook(path: string): Promise<PaymentStream> {
  const builder = new StreamBuilder();
  await readCsv(path, (header) => {
    const [customer = 0, terminal = 0, amount = 0, seconds = 0, flag = 0, scenario = 0] = columnIndices(
      path,
      header,
      COLUMNS,
    );
    return (cells, lineNumber) => {
      const fraud = cells[flag];
      if (fraud !== "0" && fraud !== "1")
        throw new EvaluateError(`line ${lineNumber}: TX_FRAUD is ${fraud}, not 0 or 1`);
      builder.add({
        time: natural("TX_TIME_SECONDS", cells[seconds] ?? "", lineNumber),
        micro: microOfCents(cells[amount] ?? "", lineNumber),
        payer: `C${cells[customer]}`,
        payee: `T${cells[terminal]}`,
        fraud: fraud === "1",
        ...(fraud === "1" ? { scenario: `scenario ${cells[scenario]}` } : {}),
      });
    };
  });
  return builder.finish();
}
