import { Interface } from "ethers";

import type { RpcClient } from "../chain/rpc.ts";
import { hexText } from "../chain/wire.ts";

const tokenInterface = new Interface([
  "function decimals() view returns (uint8)",
  "function symbol() view returns (string)",
]);

const NATIVE = /^0x0{40}$/;
const NATIVE_DECIMALS = 18;

/** Whoever deploys a token writes its symbol, so only plain short ones are shown. */
const PLAIN_SYMBOL = /^[A-Za-z0-9.$-]{1,16}$/;

/** An amount in the token's smallest unit, and as people read it. */
export interface CaseAmount {
  readonly smallest: string;
  readonly words: string;
}

interface TokenNames {
  readonly decimals: number | undefined;
  readonly symbol: string | undefined;
}

function read(answer: unknown, name: "decimals" | "symbol"): unknown {
  try {
    return tokenInterface.decodeFunctionResult(name, hexText(answer, `answer to ${name}`))[0];
  } catch {
    // Both are optional in a token: without them its amounts are given in the smallest unit.
    return undefined;
  }
}

async function tokenNames(rpc: RpcClient, token: string): Promise<TokenNames> {
  if (NATIVE.test(token)) return { decimals: NATIVE_DECIMALS, symbol: "of the native coin" };
  const names = ["decimals", "symbol"] as const;
  const calls = names.map((name) => ({
    method: "eth_call",
    params: [{ to: token, data: tokenInterface.encodeFunctionData(name) }, "latest"],
  }));
  const [decimals, symbol] = await rpc.batchSettled(calls);
  const [places, text] = [read(decimals, "decimals"), read(symbol, "symbol")];
  return {
    decimals: typeof places === "bigint" ? Number(places) : undefined,
    symbol: typeof text === "string" && PLAIN_SYMBOL.test(text) ? text : undefined,
  };
}

/** A natural number with its point so many digits from the right, without trailing zeros. */
export function decimalOf(smallest: bigint, decimals: number): string {
  const digits = smallest.toString().padStart(decimals + 1, "0");
  const [whole, fraction] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)];
  const kept = fraction.replace(/0+$/, "");
  return kept === "" ? whole : `${whole}.${kept}`;
}

/** Says amounts in words; asks each token once for its decimals and symbol. */
export class AmountWords {
  readonly #rpc: RpcClient;
  readonly #known = new Map<string, Promise<TokenNames>>();

  constructor(rpc: RpcClient) {
    this.#rpc = rpc;
  }

  /** @param token Lower-case address; zero for the native coin. */
  async of(token: string, smallest: bigint): Promise<CaseAmount> {
    const asked = this.#known.get(token) ?? tokenNames(this.#rpc, token);
    this.#known.set(token, asked);
    const { decimals, symbol } = await asked;
    const text = smallest.toString();
    if (decimals === undefined) return { smallest: text, words: `${text} of the smallest unit of token ${token}` };
    return { smallest: text, words: `${decimalOf(smallest, decimals)} ${symbol ?? `of token ${token}`}` };
  }
}
