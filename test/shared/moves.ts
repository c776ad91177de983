import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { packTerms, paymentId, type PackedTerms, type Terms } from "@sluice/sdk";
import { Wallet } from "ethers";

import {
  attest,
  epochConfig,
  ethers,
  key,
  networkHelpers,
  PAYOUT,
  POLICY,
  UNIT,
  type AttestOptions,
  type Authorized,
  type Suite,
} from "./suite.ts";

export type CaptureOptions = {
  by?: HardhatEthersSigner;
  amount?: bigint;
  feeBps?: number;
  payout?: 0 | 1 | 2;
  attestation?: string;
};

/** Captures everything by the operator without a fee, unless told otherwise. */
export function capture(suite: Suite, payment: Authorized, options: CaptureOptions = {}) {
  const { amount = payment.terms.amount, feeBps = 0, payout = PAYOUT.Push, attestation = "0x" } = options;
  return suite.escrow
    .connect(options.by ?? suite.operator)
    .capture(payment.packed, amount, feeBps, payout, attestation);
}

/** Posts an attestation by a stranger, who may do so as anybody. */
export async function post(suite: Suite, payment: Authorized, options: AttestOptions = {}) {
  const attestation = await attest(suite, payment, options);
  return suite.escrow.connect(suite.stranger).post(payment.packed, attestation);
}

/** Asks for screening by the payer. */
export function request(suite: Suite, payment: Authorized) {
  return suite.escrow.connect(suite.payer).request(payment.packed);
}

/** Reclaims by a stranger, who may do so as anybody. */
export function reclaim(suite: Suite, payment: Authorized) {
  return suite.escrow.connect(suite.stranger).reclaim(payment.packed);
}

/** The next transaction runs at this second. */
export function at(second: number | bigint): Promise<void> {
  return networkHelpers.time.setNextBlockTimestamp(second);
}

/** Second at which the transaction ran. */
export async function secondOf(tx: { getBlock(): Promise<{ timestamp: number } | null> }): Promise<bigint> {
  const block = await tx.getBlock();
  if (block === null) throw new Error("the transaction is in no block");
  return BigInt(block.timestamp);
}

/** Sets a policy with these parameters changed, in force for payments from the next block on. */
export async function setPolicy(suite: Suite, changes: Partial<typeof POLICY>, epoch = suite.epoch): Promise<void> {
  await suite.gate.setPolicy({ ...POLICY, ...changes }, await epoch.getAddress());
  await networkHelpers.mine(1);
}

/** Lists another token in a new epoch and funds the payer with it, who approves the escrow. */
export async function withToken(suite: Suite, token: string): Promise<Suite> {
  const plain = await ethers.getContractAt("TestToken", token);
  await plain.mint(suite.payer.address, 1_000_000n * UNIT);
  await plain.connect(suite.payer).approve(suite.site.escrow, 2n ** 256n - 1n);
  const config = epochConfig(suite.keys, 2, await suite.token.getAddress());
  config.tokens.push({ token, shift: 12, class: 1 });
  const epoch = await ethers.deployContract("DirectEpoch", [config]);
  await setPolicy(suite, {}, epoch);
  return { ...suite, epoch };
}

/** A payer of a key of his own, with coins for gas, tokens, and an approval to the escrow. */
export async function walletPayer(suite: Suite, name = "payer"): Promise<Wallet> {
  const wallet = new Wallet(key(name), ethers.provider);
  await networkHelpers.setBalance(wallet.address, 10n ** 20n);
  await suite.token.mint(wallet.address, 1_000n * UNIT);
  await suite.token.connect(wallet).approve(suite.site.escrow, 2n ** 256n - 1n);
  return wallet;
}

/** A payment of these terms as the tests carry it, whether or not the escrow has it. */
export function unpaid(suite: Suite, terms: Terms, block = 0): Authorized {
  return { terms, packed: packTerms(terms), id: paymentId(terms, suite.site), block };
}

/** Packed terms with bits turned in one word, for values that the SDK refuses to pack. */
export function withBits(packed: PackedTerms, word: keyof PackedTerms, bits: bigint): PackedTerms {
  return { ...packed, [word]: packed[word] ^ bits };
}

/** Sends the transactions into one block, in order. */
export async function inOneBlock<Tx>(calls: readonly (() => Promise<Tx>)[]): Promise<Tx[]> {
  await ethers.provider.send("evm_setAutomine", [false]);
  try {
    const sent: Tx[] = [];
    for (const call of calls) sent.push(await call());
    await ethers.provider.send("evm_mine", []);
    return sent;
  } finally {
    await ethers.provider.send("evm_setAutomine", [true]);
  }
}
