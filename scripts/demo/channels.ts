import {
  channelId,
  openAuthorization,
  packChannelTerms,
  packRows,
  signReceiveAuthorization,
  signVoucher,
} from "@sluice/sdk";
import type { ChannelTerms, SignedVoucher } from "@sluice/sdk";
import { parseEther, type Wallet } from "ethers";

import type { Stack } from "../stack/stack.ts";
import type { Cashier } from "./cashier.ts";
import type { DemoClock } from "./clock.ts";
import { demoWallet } from "./identity.ts";

const channelCount = 200;
const vouchersEach = 5;
const batchRows = 100;
const deposit = parseEther("10");
const price = parseEther("0.25");
const HOUR = 3_600;
const DAY = 24 * HOUR;

export type ChannelResult = { channels: number; vouchers: number; redeemGasPerVoucher: number };

/**
 * Two hundred payers open a channel each without gas, sign five vouchers each off chain, and the payee redeems the last of
 * each, a hundred in a transaction.
 * @throws when the payee did not get exactly what the last vouchers say
 */
export async function runChannels(stack: Stack, cashier: Cashier, clock: DemoClock): Promise<ChannelResult> {
  const { channels: address = "", token, chainId } = stack.deployment;
  const [, operator] = await stack.connection.ethers.getSigners();
  const contract = await stack.connection.ethers.getContractAt("IPaymentChannels", address, operator);
  const site = { chainId, channels: address };
  const payee = demoWallet("payee", "channel seller").address;
  const payers = Array.from({ length: channelCount }, (_, index) => demoWallet("payer", `channel ${index}`));
  await cashier.fund(new Map(payers.map((payer) => [payer.address, deposit])));

  const validBefore = clock.now + DAY;
  const signing = { tokenName: "Local Token", tokenVersion: "1", validBefore };
  const opened: { payer: Wallet; terms: ChannelTerms }[] = [];
  for (const payer of payers) {
    const terms = { payer: payer.address, payee, token, signer: payer.address, exitDelay: DAY, salt: 1n };
    const signature = await signReceiveAuthorization(payer, openAuthorization(terms, deposit, site, signing));
    const tx = await contract.openWithAuthorization(packChannelTerms(terms), deposit, validBefore, signature, {
      gasLimit: 200_000n,
    });
    opened.push({ payer, terms });
    if (opened.length % 50 === 0) await clock.mine();
    cashier.expect("openChannel", tx);
  }
  await cashier.settleExpected();

  const last: SignedVoucher[] = [];
  for (const { payer, terms } of opened) {
    for (let count = 1; count <= vouchersEach; count += 1) {
      const cumulative = price * BigInt(count);
      const signature = await signVoucher(payer, channelId(terms, site), cumulative, site);
      if (count === vouchersEach) last.push({ terms, cumulative, signature });
    }
  }

  const before = await cashier.token.balanceOf(payee);
  for (let start = 0; start < last.length; start += batchRows) {
    const batch = packRows(last.slice(start, start + batchRows), site);
    const tx = await contract.redeemMany(batch.header, batch.rows, "0x", { gasLimit: 4_000_000n });
    await clock.mine();
    cashier.expect("redeemMany100", tx);
  }
  await cashier.settleExpected();
  const paid = (await cashier.token.balanceOf(payee)) - before;
  const due = price * BigInt(vouchersEach * channelCount);
  if (paid !== due) throw new Error(`the channels' payee got ${paid}, not ${due}`);
  const gas = (cashier.gas["redeemMany100"] ?? []).reduce((sum, value) => sum + value, 0);
  return {
    channels: channelCount,
    vouchers: channelCount * vouchersEach,
    redeemGasPerVoucher: Math.round(gas / channelCount),
  };
}
