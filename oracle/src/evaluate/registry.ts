import { BOOK_PROTOCOL } from "./book.ts";
import { CHRONOLOGICAL } from "./chronological.ts";
import { EvaluateError } from "./errors.ts";
import { protocol as ETHEREUM_ACCOUNTS } from "./ethereum/protocol.ts";
import { ETHEREUM_PAYMENTS } from "./ethereumPayments.ts";
import { HANDBOOK_PROTOCOLS } from "./handbook.ts";
import type { Format, Protocol } from "./protocols.ts";

/** Every protocol that trains and scores models. */
export const PROTOCOLS: readonly Protocol[] = [
  ...HANDBOOK_PROTOCOLS,
  ETHEREUM_PAYMENTS,
  ETHEREUM_ACCOUNTS,
  CHRONOLOGICAL,
];

/** The protocol of that name, if the format fits it; the error lists those that do. */
export function protocolNamed(name: string, format: Format): Protocol {
  const found = PROTOCOLS.find((protocol) => protocol.name === name);
  if (found?.format === format) return found;
  const fitting = PROTOCOLS.filter((protocol) => protocol.format === format).map((protocol) => protocol.name);
  const own = format === "handbook" ? [BOOK_PROTOCOL, ...fitting] : fitting;
  const problem = found === undefined ? `there is no protocol ${name}` : `${name} reads the ${found.format} format`;
  throw new EvaluateError(`${problem}; --format ${format} goes with --protocol ${own.join(", ")}`);
}
