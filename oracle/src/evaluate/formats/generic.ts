import { microUnits } from "../../facts/units.ts";
import { weiOf } from "../../train/payments.ts";
import { EvaluateError } from "../errors.ts";
import type { PaymentStream } from "../stream.ts";
import { StreamBuilder } from "../stream.ts";
import { columnIndices, readCsv } from "./csv.ts";
import type { ColumnMapping } from "./mapping.ts";

/** Decimals are read as 18 digits and cut to micro-units. */
const MICRO_SHIFT = 12;

const FLAGS: Readonly<Record<string, boolean>> = {
  "0": false,
  "1": true,
  false: false,
  true: true,
  no: false,
  yes: true,
};

function microOf(text: string, column: string, lineNumber: number): number {
  if (!/^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) {
    throw new EvaluateError(
      `line ${lineNumber}: ${column} is ${JSON.stringify(text)}, expected an amount such as 12.5, not negative`,
    );
  }
  return microUnits(weiOf(text), MICRO_SHIFT);
}

/** Whole seconds since 1970 of `1700000000`, `1700000000000` (milliseconds) or an ISO time; without a zone it is UTC. */
export function secondsOf(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const value = Number(text);
    return Math.floor(value >= 1e11 ? value / 1000 : value);
  }
  if (!/^\d{4}-\d\d-\d\d([T ]|$)/.test(text)) return undefined;
  const zoned = /T|\s/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? `${text.replace(" ", "T")}Z` : text;
  const value = Date.parse(zoned.replace(" ", "T"));
  return Number.isNaN(value) ? undefined : Math.floor(value / 1000);
}

function timeOf(text: string, column: string, lineNumber: number): number {
  const seconds = secondsOf(text);
  if (seconds === undefined) {
    throw new EvaluateError(
      `line ${lineNumber}: ${column} is ${JSON.stringify(text)}, expected seconds since 1970 or a time such as 2026-01-31T09:30:00Z`,
    );
  }
  return seconds;
}

function flagOf(text: string, column: string, lineNumber: number): boolean {
  const flag = FLAGS[text.toLowerCase()];
  if (flag === undefined) {
    throw new EvaluateError(`line ${lineNumber}: ${column} is ${JSON.stringify(text)}, expected 0 or 1`);
  }
  return flag;
}

/** Reads any payment stream whose columns are named in the mapping, csv or csv.gz. */
export async function readGeneric(path: string, columns: ColumnMapping): Promise<PaymentStream> {
  const builder = new StreamBuilder();
  await readCsv(path, (header) => {
    const { payer, payee, amount, time, fraud, scenario } = columns;
    const wanted = [payer, payee, amount, time, fraud, ...(scenario === undefined ? [] : [scenario])];
    const at = columnIndices(path, header, wanted);
    return (cells, lineNumber) => {
      const [from = "", to = "", value = "", moment = "", flag = "", name = ""] = at.map((index) =>
        (cells[index] ?? "").trim(),
      );
      if (from === "" || to === "") throw new EvaluateError(`line ${lineNumber}: payer or payee is empty`);
      const illicit = flagOf(flag, fraud, lineNumber);
      builder.add({
        time: timeOf(moment, time, lineNumber),
        micro: microOf(value, amount, lineNumber),
        payer: from,
        payee: to,
        fraud: illicit,
        ...(illicit && name !== "" ? { scenario: name } : {}),
      });
    };
  });
  return builder.finish();
}
