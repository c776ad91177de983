import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { listBatchDigest, listBatchStruct, packListSignatures, type ListBatch } from "@sluice/sdk";
import { computeAddress, parseEther, SigningKey, zeroPadValue } from "ethers";

import type { Stack } from "../stack/stack.ts";
import type { Cashier } from "./cashier.ts";
import type { DemoClock } from "./clock.ts";
import { demoWallet } from "./identity.ts";
import { giveBack } from "./replay.ts";

const amount = parseEther("1");
const gasLimit = 300_000n;
const HOUR = 3_600;

/**
 * A quorum of nodes puts a payee on the list of sanctioned accounts, then somebody pays it. Nobody asks for screening of that
 * payment, and its terms let silence release the money; a node blocks it all the same, and the payer has his money back.
 */
export async function runUnasked(stack: Stack, cashier: Cashier, clock: DemoClock): Promise<boolean> {
  const payee = demoWallet("payee", "listed").address;
  await list(stack, payee, cashier, clock);
  const payer = demoWallet("payer", "of the listed");
  await cashier.fund(new Map([[payer.address, amount]]));
  const time = clock.now + HOUR;
  const terms = cashier.termsFor(payer.address, payee, amount, time, { silenceRule: "Release" });
  const payment = await cashier.authorize(payer, terms, time);
  const blocked = (await cashier.postedBand(payment)) === "Block";
  await giveBack([payment], cashier, clock);
  return blocked;
}

/** Two nodes sign the entry; anybody may send it. */
async function list(stack: Stack, payee: string, cashier: Cashier, clock: DemoClock): Promise<void> {
  const { ethers } = stack.connection;
  const address = stack.deployment.governance?.listRegistry;
  if (address === undefined) throw new Error("the stack has no list registry");
  const [, operator] = await ethers.getSigners();
  const registry = (await ethers.getContractAt("ListRegistry", address)).connect(operator);
  const { sequence } = await registry.state();
  const batch: ListBatch = { kind: "Sanctioned", removal: false, sequence, entries: [zeroPadValue(payee, 32)] };
  const digest = listBatchDigest(batch, { chainId: stack.deployment.chainId, contract: address });
  const keys = await Promise.all(stack.plans.slice(0, stack.deployment.quorum).map(keyOf));
  const signed = keys.map((key) => ({ signer: computeAddress(key), signature: key.sign(digest).serialized }));
  const sent = await registry.append(listBatchStruct(batch), packListSignatures(signed), { gasLimit });
  cashier.expect("list", sent);
  await clock.mine();
  await cashier.settleExpected();
}

async function keyOf(plan: Stack["plans"][number]): Promise<SigningKey> {
  const text = await readFile(join(dirname(plan.settingsFile), "key"), "utf8");
  return new SigningKey(text.trim());
}
