import {
  attestationDigest,
  packAttestation,
  packTerms,
  paymentId,
  signReceiveAuthorization,
  type PackedTerms,
  type Terms,
} from "@sluice/sdk";
import {
  ContractFactory,
  SigningKey,
  Wallet,
  ZeroAddress,
  computeAddress,
  keccak256,
  toUtf8Bytes,
  type ContractTransactionResponse,
} from "ethers";
import { network } from "hardhat";
import proxyArtifact from "@openzeppelin/contracts/build/contracts/ERC1967Proxy.json" with { type: "json" };

import { localGovernance } from "../../deploy/localGovernance.ts";
import { installPermit2, permit2Address } from "../../scripts/stack/permit2.ts";
import { shippedModel } from "../../scripts/stack/model.ts";
import { localPolicy } from "../../scripts/stack/policy.ts";
import type { LocalToken, SluiceStake } from "../../types/ethers-contracts/index.ts";

export const UNIT = 10n ** 18n;
export const AMOUNT = 100n * UNIT;
const DAY = 86_400;
const MAX = 2n ** 256n - 1n;
/** As the local policy, but with the smallest audit: drawn as always, it holds one payment in 10,000 and no row comes to nothing. */
const benchPolicy = { ...localPolicy, auditShare: 1 };

export type Made = { terms: Terms; packed: PackedTerms; id: string; block: number };
export type World = Awaited<ReturnType<typeof createWorld>>;

type Ethers = Awaited<ReturnType<typeof network.create>>["ethers"];

const keyOf = (name: string): SigningKey => new SigningKey(keccak256(toUtf8Bytes(`sluice bench ${name}`)));

/** A token, and the contract its signatures name. */
export type BenchToken = { readonly token: LocalToken; readonly signingToken: string };
export type DeployToken = (ethers: Ethers) => Promise<BenchToken>;

/** The leanest ERC-20 with ERC-3009. */
export async function leanToken(ethers: Ethers): Promise<BenchToken> {
  const token = await ethers.deployContract("LocalToken");
  return { token, signingToken: await token.getAddress() };
}

/**
 * The same token behind the library's ERC-1967 proxy, as the big stablecoins are. Its domain separator is an immutable of the
 * implementation, so signatures name that; what they cost is the same.
 */
export async function proxyToken(ethers: Ethers): Promise<BenchToken> {
  const implementation = await ethers.deployContract("LocalToken");
  const signingToken = await implementation.getAddress();
  const [deployer] = await ethers.getSigners();
  const factory = new ContractFactory(proxyArtifact.abi, proxyArtifact.bytecode, deployer);
  // The library refuses a proxy that calls nothing at its creation.
  const proxy = await factory.deploy(signingToken, implementation.interface.encodeFunctionData("totalSupply"));
  return { token: await ethers.getContractAt("LocalToken", await proxy.getAddress()), signingToken };
}

/**
 * A chain with the local token and Sluice as deployed, for one signer set. Nobody is two people: attesters sign nothing
 * else, operator, payee, fee receiver and the stranger who posts are four accounts. Everybody who receives in a measured
 * transaction holds tokens before it.
 */
export async function createWorld(signerCount: number, quorum: number, deployToken: DeployToken = leanToken) {
  const { ethers, networkHelpers } = await network.create("hardhat");
  const [deployer, operator, payee, stranger, feeReceiver, treasury] = await ethers.getSigners();
  if (!deployer || !operator || !payee || !stranger || !feeReceiver || !treasury)
    throw new Error("six accounts needed");
  const { token, signingToken } = await deployToken(ethers);
  const keys = Array.from({ length: signerCount }, (_, index) => keyOf(`attester ${index}`));
  keys.sort((a, b) => (BigInt(computeAddress(a)) < BigInt(computeAddress(b)) ? -1 : 1));
  const epoch = await ethers.deployContract(shippedModel.contract, [
    {
      signers: keys.map((key) => computeAddress(key)),
      tiers: [{ upTo: 2n ** 48n - 2n, quorum }],
      tokens: [{ token: await token.getAddress(), shift: 12, class: 0 }],
    },
  ]);
  const gate = await ethers.deployContract("RiskGate", [benchPolicy, await epoch.getAddress(), deployer.address]);
  const stake = await stakeOf(ethers, deployer.address);
  const arguments_ = [await gate.getAddress(), treasury.address, await stake.getAddress()] as const;
  const deployed = await ethers.deployContract("PaymentEscrow", [...arguments_]);
  const escrow = await ethers.getContractAt("IPaymentEscrow", await deployed.getAddress());
  const { chainId } = await ethers.provider.getNetwork();
  const site = { chainId, escrow: await escrow.getAddress() };
  const epochSite = { chainId, epoch: await epoch.getAddress() };
  const payer = new Wallet(keyOf("payer").privateKey);
  for (const account of [payer.address, payee.address, feeReceiver.address, operator.address, site.escrow]) {
    await token.mint(account, 1_000_000n * UNIT);
  }
  await token.connect(operator).approve(site.escrow, MAX);
  await installPermit2(deployer, (address, code) => networkHelpers.setCode(address, code));
  await networkHelpers.setBalance(payer.address, 10n ** 20n);
  await token.connect(payer.connect(ethers.provider)).approve(permit2Address, MAX);
  const people = { deployer, operator, payee, stranger, feeReceiver, treasury, payer };
  return {
    ethers,
    networkHelpers,
    ...people,
    token,
    signingToken,
    stake,
    keys: keys.slice(0, quorum),
    epoch,
    gate,
    escrow,
    site,
    epochSite,
    salt: 0,
  };
}

/** The stake as deployed; the deployer has the supply and has approved it. */
async function stakeOf(ethers: Ethers, deployer: string): Promise<SluiceStake> {
  const { supply, unbondingPeriod, tierAge, tiers } = localGovernance(deployer);
  const token = await ethers.deployContract("SluiceToken", [deployer, supply]);
  const stake = await ethers.deployContract("SluiceStake", [
    await token.getAddress(),
    unbondingPeriod,
    tierAge,
    [...tiers],
  ]);
  await token.approve(await stake.getAddress(), MAX);
  return stake;
}

/** Terms as a merchant would use them: 1 % to 2 % fee, all deadlines set, a salt without zero bytes. */
export async function makeTerms(world: World, changes: Partial<Terms> = {}): Promise<Terms> {
  const now = await world.networkHelpers.time.latest();
  world.salt += 1;
  return {
    payer: world.payer.address,
    payee: world.payee.address,
    operator: world.operator.address,
    token: await world.token.getAddress(),
    amount: AMOUNT,
    authorizeBy: now + DAY,
    captureBy: now + 7 * DAY,
    refundBy: now + 30 * DAY,
    minFeeBps: 0,
    maxFeeBps: 200,
    feeReceiver: world.feeReceiver.address,
    arbiter: ZeroAddress,
    disputeBond: 0n,
    defaultSplitBps: 0,
    rulingWindow: 0,
    silenceRule: "Refund",
    maxHold: DAY,
    referral: "0x000000000000000000000000",
    feeTier: "Nobody",
    salt: BigInt(keccak256(toUtf8Bytes(`salt ${world.salt}`))),
    ...changes,
  };
}

/** Gas of a whole transaction; throws when it was reverted. */
export async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const receipt = await (await sent).wait();
  if (receipt === null || receipt.status !== 1) throw new Error("a measured transaction did not succeed");
  return Number(receipt.gasUsed);
}

/** A payment authorized by ERC-3009, with the gas it took; the next block is mined so that it can be judged. */
export async function authorize3009(
  world: World,
  changes: Partial<Terms> = {},
  payer = world.payer,
): Promise<{ made: Made; gas: number }> {
  const terms = await makeTerms(world, { payer: payer.address, ...changes });
  const packed = packTerms(terms);
  const signature = await sign3009(world, terms, payer);
  const gas = await gasOf(world.escrow.connect(world.operator).authorize(packed, 1, signature));
  const block = await world.ethers.provider.getBlockNumber();
  await world.networkHelpers.mine(1);
  return { made: { terms, packed, id: paymentId(terms, world.site), block }, gas };
}

/** The payer's one signature for money and terms. */
export function sign3009(world: World, terms: Terms, payer = world.payer): Promise<string> {
  return signReceiveAuthorization(payer, {
    token: world.signingToken,
    tokenName: "Local Token",
    tokenVersion: "1",
    chainId: world.site.chainId,
    from: terms.payer,
    to: world.site.escrow,
    value: terms.amount,
    validAfter: 0,
    validBefore: terms.authorizeBy,
    nonce: paymentId(terms, world.site),
  });
}

/** Facts of an ordinary payment as they are signed, without zero bytes beyond, which would be cheaper to carry. */
export function ordinaryFacts(referenceFacts: string): string {
  return `0x000000${referenceFacts.slice(8).replace(/../g, (byte) => (byte === "00" ? "01" : byte))}`;
}

/** An attestation by exactly the quorum. */
export async function attest(world: World, made: Made): Promise<string> {
  const block = await world.ethers.provider.getBlock(made.block);
  if (block === null || block.hash === null) throw new Error(`block ${made.block} has no hash`);
  const statement = {
    subject: made.id,
    asOf: made.block,
    asOfHash: block.hash,
    facts: ordinaryFacts(await world.epoch.referenceFacts()),
  };
  const digest = attestationDigest(statement, world.epochSite);
  const signatures = world.keys.map((key) => ({ signer: computeAddress(key), signature: key.sign(digest).serialized }));
  return packAttestation(statement, signatures);
}

/** A payment whose Allow was posted by a stranger. */
export async function posted(
  world: World,
  changes: Partial<Terms> = {},
  payer = world.payer,
): Promise<{ made: Made; gas: number }> {
  const { made } = await authorize3009(world, changes, payer);
  const gas = await gasOf(world.escrow.connect(world.stranger).post(made.packed, await attest(world, made)));
  return { made, gas };
}
