import {
  attestationDigest,
  batchSubject,
  channelId,
  openAuthorization,
  packAttestation,
  packChannelTerms,
  packRows,
  signReceiveAuthorization,
  signVoucher,
  type ChannelRow,
  type ChannelTerms,
  type PackedBatch,
  type PackedChannelTerms,
  type SignedVoucher,
} from "@sluice/sdk";
import { expect } from "chai";
import {
  computeAddress,
  toBeHex,
  Wallet,
  type BaseContract,
  type ContractTransactionResponse,
  type Signer,
} from "ethers";

import { deploySuite, ethers, factsScoring, key, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";

export const HOUR = 3_600;
export const DEPOSIT = 80n * UNIT;
/** Scores of a DirectEpoch that mean the band. */
export const SCORE = { Allow: 5_000, Hold: 9_800, Block: 9_999 } as const;
/** Seconds until a queued amount may be released under the tests' policy. */
export const QUEUE_DELAY = POLICY.silenceDelay + POLICY.holdDelay;
/** The risk cap of the tests' policy, 100 tokens, as 16 bits of mantissa keep it: a little less. */
export const CAP = ((100n * UNIT) >> 51n) << 51n;

export type Channels = Awaited<ReturnType<typeof deployChannels>>;
export type Channel = { terms: ChannelTerms; packed: PackedChannelTerms; id: string; signer: Signer };

/** The suite with payment channels on its gate; payer and stranger have approved them. */
export async function deployChannels() {
  const suite = await deploySuite();
  const deployed = await ethers.deployContract("PaymentChannels", [await suite.gate.getAddress()]);
  const channels = await ethers.getContractAt("IPaymentChannels", await deployed.getAddress());
  const channelSite = { chainId: suite.chainId, channels: await channels.getAddress() };
  await suite.token.mint(suite.stranger.address, 1_000n * UNIT);
  for (const account of [suite.payer, suite.stranger]) {
    await suite.token.connect(account).approve(channelSite.channels, 2n ** 256n - 1n);
  }
  return { ...suite, channels, channelSite };
}

export function fixture(): Promise<Channels> {
  return networkHelpers.loadFixture(deployChannels);
}

export async function termsOf(world: Channels, changes: Partial<ChannelTerms> = {}): Promise<ChannelTerms> {
  return {
    payer: world.payer.address,
    payee: world.payee.address,
    token: await world.token.getAddress(),
    signer: changes.payer ?? world.payer.address,
    exitDelay: 24 * HOUR,
    salt: 1n,
    ...changes,
  };
}

/** A channel as tests carry it, open or not. */
export function channelOf(world: Channels, terms: ChannelTerms, signer: Signer = world.payer): Channel {
  return { terms, packed: packChannelTerms(terms), id: channelId(terms, world.channelSite), signer };
}

/** Opened by the payer's own call. */
export async function opened(
  world: Channels,
  changes: Partial<ChannelTerms> = {},
  deposit = DEPOSIT,
): Promise<Channel> {
  const channel = channelOf(world, await termsOf(world, changes));
  await world.channels.connect(world.payer).open(channel.packed, deposit);
  return channel;
}

/** A channel of a payer who has a key and tokens and never sends a transaction. */
export async function openedGasless(world: Channels, name: string, deposit = DEPOSIT): Promise<Channel> {
  const wallet = new Wallet(key(name));
  await world.token.mint(wallet.address, deposit);
  const channel = channelOf(world, await termsOf(world, { payer: wallet.address }), wallet);
  const { validBefore, signature } = await signedOpening(world, channel, deposit);
  await world.channels.connect(world.stranger).openWithAuthorization(channel.packed, deposit, validBefore, signature);
  return channel;
}

export async function signedOpening(world: Channels, { terms, signer }: Channel, deposit: bigint) {
  const validBefore = (await networkHelpers.time.latest()) + HOUR;
  const signing = { tokenName: "Local Token", tokenVersion: "1", validBefore };
  const pull = openAuthorization(terms, deposit, world.channelSite, signing);
  return { validBefore, signature: await signReceiveAuthorization(signer, pull) };
}

export function voucher(world: Channels, { id, signer }: Channel, cumulative: bigint): Promise<string> {
  return signVoucher(signer, id, cumulative, world.channelSite);
}

export type RedeemOptions = { by?: Signer; attestation?: string; signature?: string };

/** Redeems by the payee, unless told otherwise. */
export async function redeem(world: Channels, channel: Channel, cumulative: bigint, options: RedeemOptions = {}) {
  const { by = world.payee, attestation = "0x" } = options;
  const signature = options.signature ?? (await voucher(world, channel, cumulative));
  return world.channels.connect(by).redeem(channel.packed, cumulative, signature, attestation);
}

/** Queues by the payee, unless told otherwise. */
export async function queue(world: Channels, channel: Channel, cumulative: bigint, by: Signer = world.payee) {
  return world.channels.connect(by).queue(channel.packed, cumulative, await voucher(world, channel, cumulative));
}

/** A batch of vouchers, packed as the SDK does. */
export async function batchOf(world: Channels, rows: readonly (readonly [Channel, bigint])[]): Promise<PackedBatch> {
  const vouchers = rows.map(async ([channel, cumulative]): Promise<SignedVoucher> => {
    return { terms: channel.terms, cumulative, signature: await voucher(world, channel, cumulative) };
  });
  return packRows(await Promise.all(vouchers), world.channelSite);
}

/** An attestation about rows, by the first two attesters, for a transaction in the next block. */
export async function attestRows(world: Channels, list: readonly ChannelRow[], score: number): Promise<string> {
  const head = await ethers.provider.getBlockNumber();
  const asOf = Math.floor(head / POLICY.stride) * POLICY.stride;
  const asOfHash = (await ethers.provider.getBlock(asOf))?.hash ?? toBeHex(0, 32);
  const subject = batchSubject(world.payee.address, await world.token.getAddress(), list, world.channelSite);
  const statement = { subject, asOf, asOfHash, facts: factsScoring(score) };
  const digest = attestationDigest(statement, { chainId: world.chainId, epoch: await world.epoch.getAddress() });
  const keys = world.keys.slice(0, 2);
  const signatures = keys.map((one) => ({ signer: computeAddress(one), signature: one.sign(digest).serialized }));
  return packAttestation(statement, signatures);
}

/** An attestation about one channel's voucher. */
export function attestOne(world: Channels, channel: Channel, cumulative: bigint, score: number): Promise<string> {
  return attestRows(world, [{ channel: channel.id, cumulative }], score);
}

/** Stored state as plain values. */
export async function stateOf(world: Channels, { id }: Channel) {
  const { deposit, claimed, closeAt, open, closed, blocked, queued, capped } = await world.channels.channel(id);
  return { deposit, claimed, closeAt, open, closed, blocked, queued, capped };
}

export async function queueOf(world: Channels, { id }: Channel) {
  const { cumulative, releaseAt } = await world.channels.queueOf(id);
  return { cumulative, releaseAt };
}

/** What payer, payee, stranger and the channels hold. */
export async function holdings(world: Channels, token: { balanceOf(of: string): Promise<bigint> } = world.token) {
  return {
    payer: await token.balanceOf(world.payer.address),
    payee: await token.balanceOf(world.payee.address),
    stranger: await token.balanceOf(world.stranger.address),
    channels: await token.balanceOf(world.channelSite.channels),
  };
}

async function snapshot(world: Channels, channel: Channel) {
  return [await stateOf(world, channel), await queueOf(world, channel), await holdings(world)];
}

/** The call reverts with the error and its arguments, and the channel and every balance stay as they were. */
export async function expectRefused(
  world: Channels,
  channel: Channel,
  act: () => Promise<ContractTransactionResponse>,
  error: string,
  args: readonly unknown[] = [],
  contract: BaseContract = world.channels,
): Promise<void> {
  const before = await snapshot(world, channel);
  await expect(act())
    .to.be.revertedWithCustomError(contract, error)
    .withArgs(...args);
  expect(await snapshot(world, channel)).to.deep.equal(before);
}
