import { EvaluateError } from "../errors.ts";

/** Names of the columns of a payment stream in somebody's own file. */
export interface ColumnMapping {
  readonly payer: string;
  readonly payee: string;
  readonly amount: string;
  readonly time: string;
  readonly fraud: string;
  readonly scenario?: string;
}

const REQUIRED = ["payer", "payee", "amount", "time", "fraud"] as const;
const OPTIONAL = ["scenario"] as const;
const EXAMPLE = "payer=from,payee=to,amount=value,time=created_at,fraud=is_fraud";

/**
 * Reads `payer=…,payee=…,amount=…,time=…,fraud=…[,scenario=…]`.
 *
 * @param text The option's value.
 */
export function parseMapping(text: string): ColumnMapping {
  const known: readonly string[] = [...REQUIRED, ...OPTIONAL];
  const entries = new Map<string, string>();
  for (const pair of text.split(",")) {
    const [key = "", ...rest] = pair.split("=");
    const column = rest.join("=").trim();
    if (!known.includes(key.trim()) || column === "") {
      throw new EvaluateError(
        `--columns has ${JSON.stringify(pair)}: write key=column with a key of ${known.join(", ")}, such as ${EXAMPLE}`,
      );
    }
    if (entries.has(key.trim())) throw new EvaluateError(`--columns names ${key.trim()} twice`);
    entries.set(key.trim(), column);
  }
  const column = (key: string): string => {
    const found = entries.get(key);
    if (found === undefined) {
      throw new EvaluateError(`--columns lacks ${key}: write it as in --columns ${EXAMPLE}`);
    }
    return found;
  };
  const scenario = entries.get("scenario");
  return {
    payer: column("payer"),
    payee: column("payee"),
    amount: column("amount"),
    time: column("time"),
    fraud: column("fraud"),
    ...(scenario === undefined ? {} : { scenario }),
  };
}
