import { createRequire } from "node:module";

import { secp256k1 as noble } from "@noble/curves/secp256k1";
import { verifyTypedData, Wallet } from "ethers";

import { voucherTypedData } from "@sluice/sdk";
import { nativeCurve, nobleCurve, voucherSigner, voucherVerifier, type VoucherCurve } from "@sluice/sdk/vouchers";

const site = { chainId: 8453, channels: `0x${"c1".repeat(20)}` };
const channel = `0x${"5a".repeat(32)}`;
/** Not a secret: nothing is ever paid to it. */
const privateKey = `0x${"42".repeat(32)}`;
const ROUNDS = 5;

export type PerCoreSecond = { sign: number; verify: number };

/** Operations per second of this process's CPU, the best of some rounds: the machine may be doing other things. */
async function perCoreSecond(count: number, operation: (index: number) => unknown): Promise<number> {
  let best = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (let index = 0; index < count; index += 1) await operation(index);
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, (count * 1e6) / (user + system));
  }
  return Math.round(best);
}

/** As everybody does it with ethers alone: a wallet's typed data, and `verifyTypedData`. */
async function stockEthers(): Promise<PerCoreSecond> {
  const wallet = new Wallet(privateKey);
  const data = voucherTypedData(channel, 1n, site);
  const signature = await wallet.signTypedData(data.domain, data.types, data.message);
  return {
    sign: await perCoreSecond(200, (index) => {
      return wallet.signTypedData(data.domain, data.types, { channel, cumulative: BigInt(index) });
    }),
    verify: await perCoreSecond(100, () => {
      if (verifyTypedData(data.domain, data.types, data.message, signature) !== wallet.address)
        throw new Error("ethers");
    }),
  };
}

async function ours(curve: VoucherCurve, count: number): Promise<PerCoreSecond> {
  const signer = voucherSigner(privateKey, site, curve);
  const verifier = voucherVerifier(site, curve);
  const signed = Array.from({ length: count }, (_, index) => signer.sign(channel, BigInt(index)));
  return {
    sign: await perCoreSecond(count, (index) => signer.sign(channel, BigInt(index))),
    verify: await perCoreSecond(count, (index) => {
      const voucher = { channel, cumulative: BigInt(index), signature: signed[index] ?? "0x", signer: signer.address };
      if (!verifier.verify(voucher)) throw new Error(`${curve.name}: voucher ${index} does not verify`);
    }),
  };
}

/** Vouchers signed and verified per core-second by ethers as it comes, by noble and by the native library on the template. */
export async function curveRows(): Promise<Record<"ethers" | "noble" | "fast", PerCoreSecond>> {
  // The package's types say nothing about its bindings file, which has the same functions.
  const native = createRequire(import.meta.url)("secp256k1/bindings") as Parameters<typeof nativeCurve>[0];
  return {
    ethers: await stockEthers(),
    noble: await ours(nobleCurve(noble), 300),
    fast: await ours(nativeCurve(native), 5_000),
  };
}
