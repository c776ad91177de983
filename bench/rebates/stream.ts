import { toBeHex } from "ethers";

import { mulberry32 } from "../../oracle/src/train/random.ts";
import type { StoredBlock } from "../../oracle/src/store/chainStore.ts";
import type { EventRow, PaymentRow } from "../../oracle/src/store/schema.ts";

export const TOKEN = `0x${"70".repeat(20)}`;
const OPERATOR = `0x${"0b".repeat(20)}`;
const PER_BLOCK = 20;
const BLOCK_SECONDS = 12;
const MERCHANTS = 1_000;

/** How much there is. Each affiliate pays once himself, and refers so many payments. */
export interface Size {
  readonly affiliates: number;
  readonly paymentsEach: number;
}

/** Addresses that differ in their first twelve bytes. */
function account(kind: number, index: number): string {
  return `0x${kind.toString(16).padStart(2, "0")}${index.toString(16).padStart(22, "0")}${"5a".repeat(8)}`;
}

const word = (hex: string): string => hex.padStart(64, "0");

function terms(payer: string, payee: string, amount: bigint, referral: string): string {
  return `0x${[
    `${payer.slice(2)}${amount.toString(16).padStart(24, "0")}`,
    `${payee.slice(2)}${"0".repeat(24)}`,
    `${OPERATOR.slice(2)}${"0".repeat(24)}`,
    `${TOKEN.slice(2)}${"0".repeat(24)}`,
    `${OPERATOR.slice(2)}${"0".repeat(24)}`,
    `${"0".repeat(40)}${referral}`,
    word("1"),
  ].join("")}`;
}

function event(place: Pick<PaymentRow, "block" | "log_index">, kind: string, subject: string, body: object): EventRow {
  const hash = toBeHex(place.block, 32);
  return { ...place, kind, subject, body: JSON.stringify(body), transaction_hash: hash };
}

/** A payment, its capture with a fee of one per cent, and now and then a refund of a part. */
function rows(index: number, { affiliates }: Size, random: () => number) {
  const own = index < affiliates;
  const affiliate = account(0xa1, index % affiliates);
  const payer = own ? affiliate : account(0xb2, Math.floor(random() * affiliates * 2));
  const payee = account(0xc3, Math.floor(random() * MERCHANTS));
  const amount = BigInt(1_000_000 + Math.floor(random() * 100_000_000));
  const block = 1 + Math.floor(index / PER_BLOCK);
  const log = 4 * (index % PER_BLOCK);
  const id = toBeHex(index + 1, 32);
  const payment: PaymentRow = {
    ...{ id, payer, payee, token: TOKEN, amount: amount.toString(), block, log_index: log },
    terms: terms(payer, payee, amount, own ? "0".repeat(24) : affiliate.slice(2, 26)),
    timestamp: block * BLOCK_SECONDS,
  };
  const protocolFee = (amount / 100n).toString();
  const captured = { id, amount: amount.toString(), operatorFee: "0", protocolFee };
  const events = [event({ block, log_index: log + 1 }, "captured", id, captured)];
  if (random() < 0.02) {
    const refunded = { id, from: payee, amount: (amount / 3n).toString(), reasonCode: "0" };
    events.push(event({ block, log_index: log + 2 }, "refunded", id, refunded));
  }
  return { payment, events };
}

/** The blocks of the stream in order, the pool's funds first. */
export function* blocks(size: Size, seed: number): Generator<StoredBlock> {
  const random = mulberry32(seed);
  const count = size.affiliates * (1 + size.paymentsEach);
  const funded = { token: TOKEN, from: OPERATOR, amount: (10n ** 30n).toString(), funded: (10n ** 30n).toString() };
  for (let number = 0; number <= Math.ceil(count / PER_BLOCK); number++) {
    const made = [];
    const from = (number - 1) * PER_BLOCK;
    for (let index = Math.max(0, from); index < Math.min(count, from + PER_BLOCK); index++) {
      made.push(rows(index, size, random));
    }
    const first = event({ block: number, log_index: 0 }, "rebatePool.funded", "", funded);
    yield {
      block: {
        ...{ number, hash: toBeHex(number + 1, 32), parent: toBeHex(number, 32) },
        ...{ timestamp: number * BLOCK_SECONDS, eventful: 1 },
      },
      payments: made.map(({ payment }) => payment),
      events: number === 0 ? [first] : made.flatMap(({ events }) => events),
    };
  }
}
