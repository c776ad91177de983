import { ZeroAddress } from "ethers";

/** How a token behaves, beside being an ERC-20: nothing odd, ERC-3009, permits, a deny list, odd answers, a tax; or coin. */
export type Kind = "Plain" | "Erc3009" | "Permit" | "Deny" | "Odd" | "Tax" | "Coin";

export type Token = {
  address: string;
  kind: Kind;
  /** Whether the epochs know it. */
  listed: boolean;
};

/** What every holder has, by an account of its own: no contract is asked. Keys are `token account`. */
export type Book = {
  escrow: string;
  treasury: string;
  tokens: Map<string, Token>;
  held: Map<string, bigint>;
  credit: Map<string, bigint>;
  protocol: Map<string, bigint>;
  /** Accounts the deny list names. */
  denied: Set<string>;
  /** Accounts that send coins back. */
  refusing: Set<string>;
  /** What the odd token answers: nothing at all, true, or false, and then nothing moved either. */
  oddAnswer: "Nothing" | "True" | "False";
};

export function keyOf(token: string, account: string): string {
  return `${token} ${account}`;
}

export function at(map: Map<string, bigint>, token: string, account: string): bigint {
  return map.get(keyOf(token, account)) ?? 0n;
}

export function add(map: Map<string, bigint>, token: string, account: string, amount: bigint): void {
  map.set(keyOf(token, account), at(map, token, account) + amount);
}

function refuses(book: Book, token: Token, from: string, to: string): boolean {
  if (token.kind === "Deny") return book.denied.has(from) || book.denied.has(to);
  if (token.kind === "Odd") return book.oddAnswer === "False";
  if (token.kind === "Coin") return book.refusing.has(to);
  return to === ZeroAddress;
}

/** A transfer as the token makes it: true where all of it moved, false where nothing did. */
export function move(book: Book, address: string, from: string, to: string, amount: bigint): boolean {
  const token = book.tokens.get(address);
  if (token === undefined || at(book.held, address, from) < amount || refuses(book, token, from, to)) return false;
  add(book.held, address, from, -amount);
  add(book.held, address, to, amount);
  return true;
}

/** Pays out of the escrow, or notes a credit. */
export function deliver(book: Book, token: string, to: string, amount: bigint): void {
  if (amount === 0n) return;
  if (!move(book, token, book.escrow, to, amount)) add(book.credit, token, to, amount);
}

/** Pays an account's entry out; each of its two parts on its own. */
export function sweep(book: Book, token: string, account: string): string | undefined {
  const parts = [
    { map: book.credit, to: account },
    { map: book.protocol, to: book.treasury },
  ].map((part) => ({ ...part, owed: at(part.map, token, account) }));
  if (parts.every(({ owed }) => owed === 0n)) return "NothingToSweep";
  let paid = 0n;
  for (const { map, to, owed } of parts) {
    if (owed === 0n || !move(book, token, book.escrow, to, owed)) continue;
    add(map, token, account, -owed);
    paid += owed;
  }
  return paid === 0n ? "TransferFailed" : undefined;
}
