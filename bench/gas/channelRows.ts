import {
  attestationDigest,
  batchSubject,
  channelId,
  compactSignature,
  openAuthorization,
  packAttestation,
  packChannelTerms,
  packPayManyRows,
  packRows,
  signClose,
  signPayMany,
  signReceiveAuthorization,
  signVoucher,
  type ChannelRow,
  type ChannelTerms,
  type PackedBatch,
} from "@sluice/sdk";
import { computeAddress, keccak256, Signature, toUtf8Bytes, Wallet } from "ethers";

import { localPolicy } from "../../scripts/stack/policy.ts";
import type { IPaymentChannels } from "../../types/ethers-contracts/index.ts";
import type { Rows } from "./escrowRows.ts";
import { createWorld, gasOf, ordinaryFacts, UNIT, type World } from "./world.ts";

const DEPOSIT = 100n * UNIT;
/** What each voucher adds, with digits in every place: zero bytes would be cheaper to carry. */
const STEP = 1_234_567_891_234_567_891n;
const HOUR = 3_600;
const MAX = 2n ** 256n - 1n;

type Site = { chainId: bigint; channels: string };
type Bench = { world: World; channels: IPaymentChannels; site: Site };
type Made = { terms: ChannelTerms; id: string; payer: Wallet };

async function createBench(world: World): Promise<Bench> {
  const deployed = await world.ethers.deployContract("PaymentChannels", [await world.gate.getAddress()]);
  const channels = await world.ethers.getContractAt("IPaymentChannels", await deployed.getAddress());
  const site = { chainId: world.site.chainId, channels: await channels.getAddress() };
  await world.token.mint(site.channels, UNIT); // the contract is never without tokens in steady state
  await world.networkHelpers.mine(2);
  return { world, channels, site };
}

/** Terms with a random salt: a number that counts up would cost some 370 gas less wherever terms are carried. */
async function termsOf({ world }: Bench, payer: Wallet): Promise<ChannelTerms> {
  world.salt += 1;
  return {
    payer: payer.address,
    payee: world.payee.address,
    token: await world.token.getAddress(),
    signer: payer.address,
    exitDelay: 24 * HOUR,
    salt: BigInt(keccak256(toUtf8Bytes(`channel ${world.salt}`))),
  };
}

async function openGasless(bench: Bench, payer: Wallet): Promise<{ made: Made; gas: number }> {
  const { world, channels, site } = bench;
  const terms = await termsOf(bench, payer);
  const validBefore = (await world.networkHelpers.time.latest()) + HOUR;
  const signing = { tokenName: "Local Token", tokenVersion: "1", validBefore };
  const signature = await signReceiveAuthorization(payer, openAuthorization(terms, DEPOSIT, site, signing));
  const packed = packChannelTerms(terms);
  const { r, yParityAndS } = Signature.from(signature);
  const sent = channels.connect(world.stranger).openGasless(packed, DEPOSIT, validBefore, r, yParityAndS);
  const gas = await gasOf(sent);
  return { made: { terms, id: channelId(terms, site), payer }, gas };
}

/** One voucher of each channel, the `step`th. */
async function batchOf({ site }: Bench, made: readonly Made[], step: number): Promise<PackedBatch> {
  const cumulative = BigInt(step) * STEP;
  const vouchers = made.map(async ({ terms, id, payer }) => {
    return { terms, cumulative, signature: await signVoucher(payer, id, cumulative, site) };
  });
  return packRows(await Promise.all(vouchers), site);
}

/** Channels of payers who are all different. */
async function openMany(bench: Bench, count: number, name: string): Promise<Made[]> {
  const made: Made[] = [];
  for (let index = 0; index < count; index += 1) {
    const payer = new Wallet(keccak256(toUtf8Bytes(`sluice bench ${name} ${index}`)));
    await bench.world.token.mint(payer.address, 2n * DEPOSIT);
    made.push((await openGasless(bench, payer)).made);
  }
  return made;
}

/** A quorum's attestation about a batch, as of the block that the gate will ask for in the next one. */
async function attestBatch(bench: Bench, list: readonly ChannelRow[]): Promise<string> {
  const { world, site } = bench;
  const head = await world.ethers.provider.getBlockNumber();
  const asOf = Math.floor(head / localPolicy.stride) * localPolicy.stride;
  const block = await world.ethers.provider.getBlock(asOf);
  if (block === null || block.hash === null) throw new Error(`block ${asOf} has no hash`);
  const subject = batchSubject(world.payee.address, await world.token.getAddress(), list, site);
  const statement = { subject, asOf, asOfHash: block.hash, facts: ordinaryFacts(await world.epoch.referenceFacts()) };
  const digest = attestationDigest(statement, world.epochSite);
  const signatures = world.keys.map((key) => ({ signer: computeAddress(key), signature: key.sign(digest).serialized }));
  return packAttestation(statement, signatures);
}

function redeemBatch(bench: Bench, { header, rows }: PackedBatch, attestation = "0x"): Promise<number> {
  return gasOf(bench.channels.connect(bench.world.payee).redeemMany(header, rows, attestation));
}

/** Rows about one channel; every payout but the first finds the risk cap loaded. */
async function singleRows(bench: Bench): Promise<Rows> {
  const { world, channels, site } = bench;
  const payer = world.payer.connect(world.ethers.provider);
  await world.networkHelpers.setBalance(payer.address, 10n ** 20n);
  await gasOf(world.token.connect(payer).approve(site.channels, MAX));
  const byPayer = channels.connect(payer);
  const byPayee = channels.connect(world.payee);

  const terms = await termsOf(bench, payer);
  const packed = packChannelTerms(terms);
  const id = channelId(terms, site);
  const redeem = async (step: bigint): Promise<number> => {
    const signature = compactSignature(await signVoucher(payer, id, step * STEP, site));
    return gasOf(byPayee.redeem(packed, step * STEP, signature, "0x"));
  };
  const rows: Rows = {
    "channels.open": await gasOf(byPayer.open(packed, DEPOSIT)),
    "channels.openGasless": (await openGasless(bench, payer)).gas,
    "channels.topUp": await gasOf(byPayer.topUp(packed, DEPOSIT)),
    "firstUse.channels.redeem": await redeem(1n),
    "channels.redeem": await redeem(2n),
  };
  const requested = await gasOf(byPayer.requestExit(packed));
  await world.networkHelpers.time.increase(24 * HOUR);
  rows["channels.exitTotal"] = requested + (await gasOf(channels.connect(world.stranger).finalizeExit(packed)));
  rows["channels.coopClose"] = await coopClose(bench, payer, false);
  rows["channels.coopCloseByThird"] = await coopClose(bench, payer, true);
  return rows;
}

/** After a first payout; both sides are paid. By the payee, or by a third party who carries the payee's signature too. */
async function coopClose(bench: Bench, payer: Wallet, third: boolean): Promise<number> {
  const { world, channels, site } = bench;
  const { made } = await openGasless(bench, payer);
  await redeemBatch(bench, await batchOf(bench, [made], 1));
  const deadline = (await world.networkHelpers.time.latest()) + HOUR;
  const cumulative = 2n * STEP;
  const close = [made.id, cumulative, deadline, site] as const;
  const { r, yParityAndS, compactSerialized } = Signature.from(await signClose(payer, ...close));
  const packed = packChannelTerms(made.terms);
  if (!third) return gasOf(channels.connect(world.payee).closeAgreed(packed, cumulative, deadline, r, yParityAndS));
  const byPayee = compactSignature(await signClose(world.payee, ...close));
  const byThird = channels.connect(world.stranger);
  return gasOf(byThird.coopClose(packed, cumulative, deadline, compactSerialized, byPayee, "0x"));
}

/** The same channels three times: first payout, a later one, and one with an attestation over the whole batch. */
async function batchRows(bench: Bench, count: number): Promise<{ first: number; later: number; attested: number }> {
  const made = await openMany(bench, count, `batch of ${count}`);
  const first = await redeemBatch(bench, await batchOf(bench, made, 1));
  const later = await redeemBatch(bench, await batchOf(bench, made, 2));
  const third = await batchOf(bench, made, 3);
  const attested = await redeemBatch(bench, third, await attestBatch(bench, third.list));
  return { first, later, attested };
}

/** One signature of an account that pays five hundred, all of whom have a credit already, per payee. */
async function payManyRows(bench: Bench): Promise<Rows> {
  const { world, channels, site } = bench;
  const count = 500;
  const token = await world.token.getAddress();
  const amount = STEP / 100n; // five hundred of them stay within the cap
  const rows = packPayManyRows(
    Array.from({ length: count }, (_, index) => {
      return { payee: computeAddress(keccak256(toUtf8Bytes(`sluice bench payee ${index}`))), amount };
    }),
  );
  const funder = channels.connect(world.operator);
  await gasOf(world.token.connect(world.operator).approve(site.channels, MAX));
  await gasOf(funder.fund(token, world.payer.address, 2n * BigInt(count) * amount + 1n));
  const pay = async (sequence: bigint): Promise<number> => {
    const deadline = (await world.networkHelpers.time.latest()) + HOUR;
    const header = { account: world.payer.address, token, sequence, deadline };
    const signature = compactSignature(await signPayMany(world.payer, header, rows, site));
    return gasOf(channels.connect(world.stranger).payMany(header, rows, signature, "0x"));
  };
  const first = await pay(1n);
  return {
    "firstUse.channels.payMany500": Math.round(first / count),
    "channels.payMany500": Math.round((await pay(2n)) / count),
  };
}

/** Gas of payment channels; batch rows are per voucher, with a 3-of-5 quorum where they are attested. */
export async function channelRows(): Promise<Rows> {
  const bench = await createBench(await createWorld(5, 3));
  const rows = await singleRows(bench);
  const hundred = await batchRows(bench, 100);
  const fiveHundred = await batchRows(bench, 500);
  return {
    ...rows,
    ...(await payManyRows(bench)),
    "firstUse.channels.redeemBatch100": Math.round(hundred.first / 100),
    "channels.redeemBatch100": Math.round(hundred.later / 100),
    "channels.attestedExtra100": Math.round((hundred.attested - hundred.later) / 100),
    "channels.attestedExtra500": Math.round((fiveHundred.attested - fiveHundred.later) / 500),
  };
}
