import { getAddress } from "ethers";

import { cellsOf } from "../evaluate/formats/csv.ts";

/** Formats that public lists come in. */
export const LIST_FORMATS = ["ofac", "csv"] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** An address of a list, lower-case, and where it stood. */
export interface ListedAddress {
  readonly address: string;
  readonly line: number;
}

export interface ParsedList {
  /** Each address once, in ascending order. */
  readonly addresses: readonly string[];
  /** Addresses that stood more than once. */
  readonly repeated: number;
  /** One line a problem, its line number first. */
  readonly problems: readonly string[];
}

/** Headers under which public files put the address. */
const ADDRESS_COLUMNS = ["address", "banned_address", "contract_address", "account", "wallet"];
const ZERO = `0x${"0".repeat(40)}`;

/** The address lower-case, or what is wrong with it. A checksum in mixed case must hold: a wrong one is a typing error. */
function normalised(text: string): { address: string } | { problem: string } {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return { problem: "is no address of 0x and 40 hex digits" };
  try {
    const address = getAddress(text).toLowerCase();
    return address === ZERO ? { problem: "is the zero address" } : { address };
  } catch {
    return { problem: "has a wrong checksum: a digit was mistyped" };
  }
}

function collected(cells: readonly { readonly text: string; readonly line: number }[]): ParsedList {
  const found = new Set<string>();
  const problems: string[] = [];
  let repeated = 0;
  for (const { text, line } of cells) {
    const result = normalised(text);
    if ("problem" in result) problems.push(`line ${line}: ${JSON.stringify(text.slice(0, 60))} ${result.problem}`);
    else if (found.has(result.address)) repeated += 1;
    else found.add(result.address);
  }
  return { addresses: [...found].sort(), repeated, problems };
}

/** One address a line, as the public extracts of the OFAC list have it; empty lines and lines after # are passed over. */
function parseOfac(text: string): ParsedList {
  const cells = text
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.trim(), line: index + 1 }))
    .filter(({ text: cell }) => cell !== "" && !cell.startsWith("#"));
  return collected(cells);
}

function columnOf(header: readonly string[], column: string | undefined): number {
  const names = header.map((name) => name.trim().toLowerCase());
  return names.findIndex((name) =>
    column === undefined ? ADDRESS_COLUMNS.includes(name) : name === column.toLowerCase(),
  );
}

/** A row whose quotes do not match stands as it is, and is told as no address. */
function cellAt(row: string, at: number): string {
  try {
    return (cellsOf(row)[at] ?? "").trim();
  } catch {
    return row;
  }
}

function parseCsv(text: string, column: string | undefined): ParsedList {
  const [header = "", ...lines] = text.split(/\r?\n/);
  const at = columnOf(cellsOf(header), column);
  if (at < 0) {
    const wanted = column ?? ADDRESS_COLUMNS.join(", ");
    return {
      addresses: [],
      repeated: 0,
      problems: [`line 1: no column of addresses (${wanted}): name it with --column`],
    };
  }
  const cells = lines
    .map((line, index) => ({ row: line, line: index + 2 }))
    .filter(({ row }) => row.trim() !== "")
    .map(({ row, line }) => ({ text: cellAt(row, at), line }));
  return collected(cells);
}

/**
 * Reads a public list.
 *
 * @param column Name of a CSV file's column of addresses, where it has an unusual one.
 */
export function parseList(format: ListFormat, text: string, column?: string): ParsedList {
  const plain = text.startsWith("\uFEFF") ? text.slice(1) : text;
  return format === "ofac" ? parseOfac(plain) : parseCsv(plain, column);
}
