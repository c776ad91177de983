import {
  attestationDigest,
  laneOf,
  packAttestation,
  packTerms,
  paymentId,
  packOrder,
  payments,
  signReceiveAuthorization,
  type PackedTerms,
  type Terms,
} from "@sluice/sdk";
import { SigningKey, Wallet, ZeroAddress, computeAddress, keccak256, toUtf8Bytes } from "ethers";
import { network } from "hardhat";

import { localPolicy } from "../../scripts/stack/policy.ts";
import { ordinaryFacts } from "../gas/world.ts";
import { shippedModel } from "../../scripts/stack/model.ts";
import { SlotNames } from "./names.ts";

export const MERCHANTS = 10;
export const PAYMENTS = 60;
const UNIT = 10n ** 18n;
const DAY = 86_400;

const keyOf = (name: string): SigningKey => new SigningKey(keccak256(toUtf8Bytes(`sluice contention ${name}`)));

export type World = Awaited<ReturnType<typeof createWorld>>;
export type Made = { readonly terms: Terms; readonly packed: PackedTerms; readonly id: string; readonly lane: number };

/** A chain with K lanes of the escrow behind one gate, ten merchants with an operator each, and sixty payers who hold tokens. */
export async function createWorld(laneCount: number) {
  const { ethers, networkHelpers } = await network.create("hardhat");
  const [deployer, treasury] = await ethers.getSigners();
  if (!deployer || !treasury) throw new Error("two accounts needed");
  const token = await ethers.deployContract("LocalToken");
  const attester = keyOf("attester");
  const epoch = await ethers.deployContract(shippedModel.contract, [
    {
      signers: [computeAddress(attester)],
      tiers: [{ upTo: 2n ** 48n - 2n, quorum: 1 }],
      tokens: [{ token: await token.getAddress(), shift: 12, class: 0 }],
    },
  ]);
  const gate = await ethers.deployContract("RiskGate", [
    { ...localPolicy, auditShare: 0 },
    await epoch.getAddress(),
    deployer.address,
  ]);
  const lanes = [];
  for (let index = 0; index < laneCount; index++) {
    const lane = await ethers.deployContract("PaymentEscrow", [await gate.getAddress(), treasury.address, ZeroAddress]);
    lanes.push(await ethers.getContractAt("IPaymentEscrow", await lane.getAddress()));
  }
  const addresses = await Promise.all(lanes.map((lane) => lane.getAddress()));
  const people = (role: string, count: number): Wallet[] =>
    Array.from({ length: count }, (_, index) => new Wallet(keyOf(`${role} ${index}`).privateKey, ethers.provider));
  const [merchants, operators] = [people("merchant", MERCHANTS), people("operator", MERCHANTS)];
  const [payers, relayers] = [people("payer", PAYMENTS), people("relayer", PAYMENTS)];
  const feeReceiver = computeAddress(keyOf("fee receiver"));
  for (const { address } of [...operators, ...payers, ...relayers])
    await networkHelpers.setBalance(address, 10n ** 20n);
  for (const address of [...addresses, ...merchants.map((one) => one.address), feeReceiver])
    await token.mint(address, UNIT);
  for (const { address } of payers) await token.mint(address, 1_000_000n * UNIT);
  const { chainId } = await ethers.provider.getNetwork();
  const world = { ethers, networkHelpers, token, epoch, gate, lanes, addresses, chainId, attester, salt: 0 };
  const cast = { merchants, operators, payers, relayers, feeReceiver };
  return { ...world, ...cast, names: await nameSlots(token, gate, addresses, merchants, payers, feeReceiver) };
}

async function nameSlots(
  token: { getAddress(): Promise<string> },
  gate: { getAddress(): Promise<string> },
  lanes: readonly string[],
  merchants: readonly Wallet[],
  payers: readonly Wallet[],
  feeReceiver: string,
): Promise<SlotNames> {
  const names = new SlotNames();
  const laneKeys = lanes.map((lane, index) => [lane, `lane ${index}`] as const);
  const merchantKeys = merchants.map((one, index) => [one.address, `merchant ${index}`] as const);
  const payerKeys = payers.map((one, index) => [one.address, `payer ${index}`] as const);
  const receiver = [feeReceiver, "fee receiver"] as const;
  const tokenAddress = await token.getAddress();
  const holders = [...laneKeys, ...merchantKeys, ...payerKeys, receiver];
  names.add(tokenAddress, "token", [{ base: 1n, name: "balanceOf", keys: [holders] }]);
  names.add(await gate.getAddress(), "gate", []);
  const tokenKey = [tokenAddress, "token"] as const;
  for (const [index, lane] of lanes.entries()) {
    const keys = [[tokenKey], [...merchantKeys, receiver]];
    names.add(lane, `lane ${index}`, [{ base: 0n, name: "ledger", keys }]);
  }
  return names;
}

/** Payment `index` of a draw: merchant, payer and lane follow from it and from the salt. */
export async function makePayment(world: World, index: number, salt: bigint, width: number): Promise<Made> {
  const [merchant, operator] = [world.merchants[index % MERCHANTS], world.operators[index % MERCHANTS]];
  const payer = world.payers[index];
  if (merchant === undefined || operator === undefined || payer === undefined) throw new RangeError(`payment ${index}`);
  const now = await world.networkHelpers.time.latest();
  const terms: Terms = {
    payer: payer.address,
    payee: merchant.address,
    operator: operator.address,
    token: await world.token.getAddress(),
    amount: 100n * UNIT,
    authorizeBy: now + DAY,
    captureBy: now + 7 * DAY,
    refundBy: now + 30 * DAY,
    minFeeBps: 0,
    maxFeeBps: 200,
    feeReceiver: world.feeReceiver,
    arbiter: ZeroAddress,
    disputeBond: 0n,
    defaultSplitBps: 0,
    rulingWindow: 0,
    silenceRule: "Refund",
    maxHold: DAY,
    referral: "0x000000000000000000000000",
    feeTier: "Nobody",
    salt,
  };
  const lane = laneOf(terms, world.lanes.length, width);
  const id = paymentId(terms, { chainId: world.chainId, escrow: world.addresses[lane] ?? "" });
  return { terms, packed: packTerms(terms), id, lane };
}

/** The payer's own transaction by ERC-3009: nobody else's nonce is needed. Returns its hash. */
export async function authorize(world: World, made: Made, index: number): Promise<string> {
  const [payer, lane] = [world.payers[index], world.lanes[made.lane]];
  if (payer === undefined || lane === undefined) throw new RangeError(`payment ${index}`);
  const signature = await signReceiveAuthorization(payer, {
    token: made.terms.token,
    tokenName: "Local Token",
    tokenVersion: "1",
    chainId: world.chainId,
    from: made.terms.payer,
    to: world.addresses[made.lane] ?? "",
    value: made.terms.amount,
    validAfter: 0,
    validBefore: made.terms.authorizeBy,
    nonce: made.id,
  });
  const sent = await lane.connect(payer).authorize(made.packed, 1, signature);
  return sent.hash;
}

/**
 * The operator's order to capture everything with 1 % fee, carried by an account of its own, so that no merchant's nonce is
 * shared. The attestation comes along. Returns the transaction's hash.
 */
export async function capture(
  world: World,
  made: Made & { readonly block: number },
  index: number,
  action: "Capture" | "CaptureCredited",
): Promise<string> {
  const [relayer, operator] = [world.relayers[index], world.operators[index % MERCHANTS]];
  const [lane, block] = [world.lanes[made.lane], await world.ethers.provider.getBlock(made.block)];
  if (relayer === undefined || operator === undefined || lane === undefined || block === null || block.hash === null) {
    throw new RangeError(`payment ${index}`);
  }
  const facts = ordinaryFacts(await world.epoch.referenceFacts());
  const statement = { subject: made.id, asOf: made.block, asOfHash: block.hash, facts };
  const digest = attestationDigest(statement, { chainId: world.chainId, epoch: await world.epoch.getAddress() });
  const signed = { signer: computeAddress(world.attester), signature: world.attester.sign(digest).serialized };
  const order = {
    ...{ action, amount: made.terms.amount, feeBps: 100 },
    ...{ capturable: made.terms.amount, refundable: 0n, deadline: made.terms.captureBy },
  };
  const site = { chainId: world.chainId, escrow: world.addresses[made.lane] ?? "" };
  const signature = await payments.signOrder(operator, site, made.terms, order);
  const attestation = packAttestation(statement, [signed]);
  const sent = await lane.connect(relayer).execute(made.packed, packOrder(order), signature, attestation);
  return sent.hash;
}
