import { hexlify, toBigInt, Wallet } from "ethers";

import { feeTiers, silenceRules, type Terms } from "../../sdk/src/index.ts";

/** Reproducible numbers; mulberry32. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Seed of every random test here, printed in the test's name. */
export const seed = Number(process.env["SLUICE_TEST_SEED"] ?? 20_261);

export function randomBytes(random: (below: number) => number, length: number): string {
  return hexlify(Uint8Array.from({ length }, () => random(256)));
}

export function randomUint(random: (below: number) => number, bits: number): bigint {
  return toBigInt(randomBytes(random, 32)) & ((1n << BigInt(bits)) - 1n);
}

export function randomWallet(random: (below: number) => number): Wallet {
  return new Wallet(randomBytes(random, 32));
}

/** Terms with every bit of every field drawn, whether or not they make sense together. */
export function randomTerms(random: (below: number) => number): Terms {
  const address = (): string => new Wallet(randomBytes(random, 32)).address;
  const uint = (bits: number): number => Number(randomUint(random, bits));
  return {
    payer: address(),
    payee: address(),
    operator: address(),
    token: address(),
    amount: randomUint(random, 96),
    authorizeBy: uint(40),
    captureBy: uint(40),
    refundBy: uint(40),
    minFeeBps: uint(16),
    maxFeeBps: uint(16),
    feeReceiver: address(),
    arbiter: address(),
    disputeBond: randomUint(random, 96),
    defaultSplitBps: uint(16),
    rulingWindow: uint(32),
    silenceRule: silenceRules[random(2)] ?? "Refund",
    feeTier: feeTiers[random(4)] ?? "Nobody",
    maxHold: uint(32),
    referral: randomBytes(random, 12),
    salt: randomUint(random, 256),
  };
}

/** Terms an escrow would take. */
export function sensibleTerms(): Terms {
  return {
    ...randomTerms(seeded(seed)),
    amount: 250_000000n,
    authorizeBy: 2_000_000_000,
    captureBy: 2_000_600_000,
    refundBy: 2_002_000_000,
    minFeeBps: 0,
    maxFeeBps: 100,
    defaultSplitBps: 5_000,
    silenceRule: "Refund",
    feeTier: "Payee",
  };
}
