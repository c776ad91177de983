import { listRegistryAbi, paymentEscrowAbi, rebatePoolAbi, referralCodesAbi, riskGateAbi } from "@sluice/sdk";
import { Interface, keccak256 } from "ethers";

import { mulberry32, type Random } from "../../../oracle/src/train/random.ts";

export const SITE = {
  gate: `0x${"6a".repeat(20)}`,
  escrow: `0x${"e5".repeat(20)}`,
  lists: `0x${"15".repeat(20)}`,
  rebatePool: `0x${"bb".repeat(20)}`,
  referralCodes: `0x${"c0".repeat(20)}`,
} as const;
export const EPOCH = `0x${"e9".repeat(20)}`;
export const TOKEN = `0x${"70".repeat(20)}`;
const ARBITER = "ab".repeat(20);
const OPERATOR = "0b".repeat(20);
export const GENESIS_TIME = 1_700_000_000;
export const BLOCK_SECONDS = 2;

/** What happens in a block, on average. */
export interface Traffic {
  /** Payments a block, at most; half of that on average where `even` is false. */
  readonly payments: number;
  /** Every block has as many payments. */
  readonly even: boolean;
  /** Of a payment authorized some blocks ago: chance of a capture, a refund, a fraud refund, a ruling. */
  readonly capture: number;
  readonly refund: number;
  readonly fraud: number;
  readonly ruling: number;
  /** Chance of a batch of list entries in a block. */
  readonly list: number;
  readonly accounts: number;
  /** Chance of a referral; then there are protocol fees, and a pool that they came into. */
  readonly referral?: number;
  /** Referrals are codes: each account has one, and in this share of the blocks one is moved or pays elsewhere. */
  readonly codeChange?: number;
}

/** The log of a long, ordinary day: four payments a block, nearly all captured in one piece. */
export const STEADY: Traffic = {
  ...{ payments: 4, even: true, capture: 1, refund: 0.04, fraud: 0.01, ruling: 0, list: 0.000_1, accounts: 50_000 },
};
/** Few accounts and much trouble: what facts can disagree about. */
export const TROUBLED: Traffic = {
  ...{ payments: 4, even: false, capture: 0.7, refund: 0.25, fraud: 0.1, ruling: 0.1, list: 0.15, accounts: 12 },
};

/** The same with referrals, so that commissions can disagree, too. */
export const REFERRED: Traffic = {
  ...TROUBLED,
  ruling: 0.02,
  refund: 0.1,
  fraud: 0.02,
  list: 0.03,
  accounts: 80,
  referral: 0.6,
};

/** The same by registered codes. */
export const CODED: Traffic = { ...REFERRED, codeChange: 0.5 };

interface Payment {
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  readonly amount: bigint;
  readonly referral: string;
}

export interface GeneratedLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

const escrow = new Interface(paymentEscrowAbi);
const gate = new Interface(riskGateAbi);
const lists = new Interface(listRegistryAbi);
const pool = new Interface(rebatePoolAbi);
const codes = new Interface(referralCodesAbi);
const topicOf = (source: Interface, name: string): string => source.getEvent(name)?.topicHash ?? "";
const TOPICS = {
  authorized: topicOf(escrow, "Authorized"),
  captured: topicOf(escrow, "Captured"),
  refunded: topicOf(escrow, "Refunded"),
  ruled: topicOf(escrow, "Ruled"),
  policySet: topicOf(gate, "PolicySet"),
  listBatch: topicOf(lists, "ListBatchAppended"),
};

/** Blocks a payment is followed for. */
const LIFE = 8;
const CODES_PER_BLOCK = 4;

const word = (value: bigint | number): string => value.toString(16).padStart(64, "0");
const padded = (address: string): string => `${"0".repeat(24)}${address}`;
const hex8 = (value: number): string => value.toString(16).padStart(8, "0");

const hexOf = (random: Random, words: number): string => {
  let text = "";
  for (let index = 0; index < words; index++)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return text;
};

/** A filter of exactly these addresses and topics: a node checks no others. */
function bloomOf(values: readonly string[]): string {
  const filter = new Uint8Array(256);
  for (const value of values) {
    const hash = keccak256(value);
    for (const pair of [0, 1, 2]) {
      const bit = Number.parseInt(hash.slice(2 + 4 * pair, 6 + 4 * pair), 16) & 2_047;
      filter[255 - (bit >> 3)] = (filter[255 - (bit >> 3)] ?? 0) | (1 << (bit & 7));
    }
  }
  return `0x${Buffer.from(filter).toString("hex")}`;
}

function policySetLog(): GeneratedLog {
  const fragment = gate.getEvent("PolicySet");
  if (fragment === null) throw new Error("the gate has no PolicySet");
  const fields = fragment.inputs.find(({ name }) => name === "policy")?.components ?? [];
  const values: Readonly<Record<string, bigint>> = { holdAt: 9_700n, blockAt: 9_950n, refreshLog2: 8n };
  const policy = fields.map(({ name }) => values[name] ?? 0n);
  const { topics, data } = gate.encodeEventLog(fragment, [1n, EPOCH, policy]);
  return { address: SITE.gate, topics: topics, data }; // no topic is left open
}

function fundedLog(): GeneratedLog {
  const fragment = pool.getEvent("Funded");
  if (fragment === null) throw new Error("the pool has no Funded");
  const amount = 10n ** 17n;
  const { topics, data } = pool.encodeEventLog(fragment, [TOKEN, `0x${OPERATOR}`, amount, amount]);
  return { address: SITE.rebatePool, topics: topics, data }; // no topic is left open
}

/** The code of an account, in hexadecimal digits of its text. */
function codeDigits(account: string): string {
  return Buffer.from(`c_${account.slice(4, 8)}`).toString("hex");
}

function codeLog(name: string, account: string, values: readonly string[]): GeneratedLog {
  const fragment = codes.getEvent(name);
  if (fragment === null) throw new Error(`the contract of codes has no ${name}`);
  const { topics, data } = codes.encodeEventLog(fragment, [`0x${codeDigits(account).padEnd(64, "0")}`, ...values]);
  return { address: SITE.referralCodes, topics: topics, data }; // no topic is left open
}

/**
 * A chain made on the fly: block and log follow from seed, fork and number alone, so a chain of millions of blocks takes no
 * memory and no time to make. Forks replace everything from a height on.
 */
export class GeneratedChain {
  readonly #seed: number;
  readonly #traffic: Traffic;
  readonly #blooms = new Map<string, string>();
  /** Ascending; the last that begins at or below a height is in force there. */
  #forks: { readonly from: number; readonly id: number }[] = [{ from: 0, id: 0 }];
  #nextFork = 1;
  head: number;
  /** Blocks above this one are empty. */
  quietFrom = Number.POSITIVE_INFINITY;

  constructor(seed: number, traffic: Traffic, head: number) {
    this.#seed = seed;
    this.#traffic = traffic;
    this.head = head;
  }

  /** Another content for the last `depth` blocks and all that come after them; the head moves by `grown`. */
  fork(depth: number, grown: number): void {
    const from = this.head - depth + 1;
    this.#forks = [...this.#forks.filter((fork) => fork.from < from), { from, id: this.#nextFork++ }];
    this.head += grown;
  }

  timestamp(number: number): number {
    return GENESIS_TIME + BLOCK_SECONDS * number;
  }

  hash(number: number): string {
    return `0x${hexOf(this.#random(number, 1), 8)}`;
  }

  /** A block's number by its hash, undefined where the chain (no longer) has it: looked for near a hint. */
  numberOf(hash: string): number | undefined {
    // Whoever asks by hash has just read the header: among the newest, or one of a range.
    for (let number = this.head; number >= Math.max(0, this.head - 400); number--) {
      if (this.hash(number) === hash) return number;
    }
    return undefined;
  }

  logs(number: number): GeneratedLog[] {
    const { referral = 0 } = this.#traffic;
    if (number === 1) return referral === 0 ? [policySetLog()] : [policySetLog(), fundedLog()];
    if (number < 2 || number >= this.quietFrom) return [];
    const logs = this.#payments(number).map((payment, index) => this.#authorized(payment, number, index));
    const random = this.#random(number, 3);
    const { even, capture, refund, fraud, ruling, list } = this.#traffic;
    for (const age of even ? [3] : [0, 1, 3, LIFE]) {
      for (const { id, amount } of this.#payments(number - age)) {
        const part = even ? amount : 1n + (amount * BigInt(Math.floor(random() * 500))) / 1_000n;
        if (random() < capture)
          logs.push(this.#flow(TOPICS.captured, [id], [part, part / 100n, referral === 0 ? 0n : part / 200n]));
        if (random() < refund) logs.push(this.#flow(TOPICS.refunded, [id, padded(OPERATOR)], [part, 0n]));
        if (random() < fraud) logs.push(this.#flow(TOPICS.refunded, [id, padded(OPERATOR)], [part / 2n, 1n]));
        if (random() < ruling) logs.push(this.#ruled(id, part, random));
      }
    }
    if (random() < list) logs.push(this.#listBatch(number, random));
    return [...logs, ...this.#registered(number), ...this.#codeChanges(number)];
  }

  bloom(logs: readonly GeneratedLog[]): string {
    const values = new Set(logs.flatMap(({ address, topics }) => [address, topics[0] ?? ""]));
    const key = [...values].sort().join();
    const known = this.#blooms.get(key);
    if (known !== undefined) return known;
    const bloom = bloomOf([...values]);
    this.#blooms.set(key, bloom);
    return bloom;
  }

  /** A few of the accounts in each block take their codes, which pay them. */
  #registered(number: number): GeneratedLog[] {
    const { accounts, codeChange } = this.#traffic;
    const first = CODES_PER_BLOCK * (number - 2);
    if (codeChange === undefined || first >= accounts) return [];
    return Array.from({ length: CODES_PER_BLOCK }, (_, index) => {
      const account = this.#accountOf(first + index);
      const tag = `0x${codeDigits(account).padEnd(24, "0")}`;
      return codeLog("CodeRegistered", account, [tag, `0x${account}`, `0x${account}`]);
    });
  }

  #codeChanges(number: number): GeneratedLog[] {
    const random = this.#random(number, 4);
    if (random() >= (this.#traffic.codeChange ?? 0)) return [];
    const [code, previous, owner, payout] = Array.from({ length: 4 }, () => this.#account(random));
    const accounts = [previous, ...(random() < 0.5 ? [owner] : []), payout].map((account) => `0x${account}`);
    return [codeLog(accounts.length === 3 ? "CodeTransferred" : "PayoutSet", code ?? "", accounts)];
  }

  #random(number: number, purpose: number): Random {
    let fork = 0;
    for (const { from, id } of this.#forks) if (from <= number) fork = id;
    const mixed = Math.imul(this.#seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b);
    return mulberry32(mixed ^ Math.imul(fork + 1, 0xc2b2ae35) ^ Math.imul(purpose, 0x27d4eb2f));
  }

  #account(random: Random): string {
    // The square favours the busy accounts.
    return this.#accountOf(Math.floor(random() ** 2 * this.#traffic.accounts));
  }

  #accountOf(index: number): string {
    // A referral is the beginning of an address, so there the number stands in front.
    if (this.#traffic.referral !== undefined) return `acc0${index.toString(16).padStart(4, "0").padEnd(36, "0")}`;
    return `acc0${index.toString(16).padStart(36, "0")}`;
  }

  #payments(number: number): Payment[] {
    if (number < 2 || number >= this.quietFrom) return [];
    const random = this.#random(number, 2);
    const { payments, even } = this.#traffic;
    const count = even ? payments : Math.floor(random() * (payments + 1));
    return Array.from({ length: count }, (_, index) => {
      // The stream has 32 bits of state, so two of a million blocks may begin alike: the end of an id says whose it is.
      const id = `${hexOf(random, 8).slice(0, 48)}${hex8(number)}${hex8(index)}`;
      const amount = BigInt(Math.floor(2 ** (40 + 30 * random())));
      const payment = { id, payer: this.#account(random), payee: this.#account(random), amount };
      const { referral = 0 } = this.#traffic;
      const named = referral > 0 && random() < referral;
      return { ...payment, referral: named ? this.#referralOf(this.#account(random)) : "0".repeat(24) };
    });
  }

  #referralOf(account: string): string {
    return this.#traffic.codeChange === undefined ? account.slice(0, 24) : codeDigits(account).padEnd(24, "0");
  }

  #authorized({ id, payer, payee, amount, referral }: Payment, number: number, index: number): GeneratedLog {
    const time = this.timestamp(number);
    const seconds = (after: number): string => (time + after).toString(16).padStart(10, "0");
    const words = [
      `${payer}${amount.toString(16).padStart(24, "0")}`,
      `${payee}${seconds(86_400)}${seconds(604_800)}0000`,
      `${OPERATOR}${seconds(2_592_000)}${(259_200).toString(16).padStart(8, "0")}01f400`,
      `${TOKEN.slice(2)}${"0".repeat(24)}`,
      `${OPERATOR}${"0".repeat(24)}`,
      `${ARBITER}${referral}`,
      word(number * 16 + index),
    ];
    const topics = [TOPICS.authorized, `0x${id}`, `0x${padded(payee)}`];
    return { address: SITE.escrow, topics, data: `0x${words.join("")}` };
  }

  #flow(topic: string, indexed: readonly string[], values: readonly bigint[]): GeneratedLog {
    const topics = [topic, ...indexed.map((value) => `0x${value}`)];
    return { address: SITE.escrow, topics, data: `0x${values.map(word).join("")}` };
  }

  #ruled(id: string, part: bigint, random: Random): GeneratedLog {
    // Now and then somebody else's word, which is no ruling.
    const by = random() < 0.8 ? ARBITER : OPERATOR;
    const toPayee = random() < 0.5 ? 0n : part;
    return {
      address: SITE.escrow,
      topics: [TOPICS.ruled, `0x${id}`, `0x${padded(by)}`],
      data: `0x${word(toPayee)}${word(part / 2n)}${padded(OPERATOR)}`,
    };
  }

  #listBatch(number: number, random: Random): GeneratedLog {
    const kind = Math.floor(random() * 3);
    const frauds = this.#payments(number - LIFE).map(({ id }) => `0x${id}`);
    const accounts = [`0x${padded(this.#account(random))}`, `0x${padded(this.#account(random))}`];
    const entries = kind === 2 ? frauds : accounts;
    const fragment = lists.getEvent("ListBatchAppended");
    if (fragment === null) throw new Error("the registry has no ListBatchAppended");
    const head = `0x${word(number)}`;
    const { topics, data } = lists.encodeEventLog(fragment, [number, kind, random() < 0.3, entries, head]);
    return { address: SITE.lists, topics: topics, data }; // no topic is left open
  }
}
