import { toBeHex } from "ethers";

import { attest, ethers, type POLICY, UNIT, type AttestOptions, type Suite } from "./suite.ts";

export type PolicyValues = typeof POLICY;

/** A gate's answer taken apart, see contracts/types/Verdict.sol. */
export function unpackVerdict(word: bigint) {
  const take = (shift: bigint, bits: bigint): bigint => (word >> shift) & ((1n << bits) - 1n);
  return {
    score: take(0n, 16n),
    band: take(16n, 8n),
    protocolFeeBps: take(24n, 8n),
    refreshed: take(32n, 8n) !== 0n,
    holdDelay: take(40n, 32n),
    grace: take(72n, 32n),
    appealDelay: take(104n, 32n),
  };
}

/** A subject that stands for a payment authorized in `block`, for questions put to the gate directly. */
export function subjectAt(suite: Suite, block: number) {
  return { id: toBeHex(block + 1_000_000, 32), block, token: suite.token.getAddress(), amount: 100n * UNIT };
}

export type JudgeOptions = AttestOptions & { token?: string; amount?: bigint; attestation?: string };

/** What the gate answers, if asked in the latest block, about a payment of that block. */
export async function judged(suite: Suite, block: number, options: JudgeOptions = {}) {
  const { id, token, amount } = subjectAt(suite, block);
  const attestation = options.attestation ?? (await attest(suite, { id, block }, options));
  const args = [id, block, options.amount ?? amount, options.token ?? (await token), attestation] as const;
  return unpackVerdict(await suite.gate.evaluate.staticCall(...args));
}

/** Runs the calls in one block. */
export async function inOneBlock(calls: readonly (() => Promise<unknown>)[]): Promise<void> {
  await ethers.provider.send("evm_setAutomine", [false]);
  try {
    for (const call of calls) await call();
    await ethers.provider.send("evm_mine", []);
  } finally {
    await ethers.provider.send("evm_setAutomine", [true]);
  }
}
