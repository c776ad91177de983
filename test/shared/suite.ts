import {
  attestationDigest,
  packAttestation,
  packTerms,
  paymentId,
  signReceiveAuthorization,
  type PackedTerms,
  type Terms,
} from "@sluice/sdk";
import { computeAddress, keccak256, SigningKey, toBeHex, toUtf8Bytes, ZeroAddress, type Wallet } from "ethers";
import { network } from "hardhat";

import type { IPaymentEscrow } from "../../types/ethers-contracts/index.ts";

/**
 * What a transaction costs may depend on the second it runs in (history is written for a second that is over), and between
 * estimate and block a second may pass: three times the estimate is always enough.
 */
export const { ethers, networkHelpers } = await network.create({ network: "hardhat", override: { gasMultiplier: 3 } });

export const DAY = 86_400;
export const UNIT = 10n ** 18n;
export const BAND = { None: 0n, Allow: 1n, Hold: 2n, Block: 3n } as const;
/** How a capture pays, as the contract counts. */
export const PAYOUT = { Push: 0, PushAll: 1, Credit: 2 } as const;
export const COLLECTION = { Allowance: 0, Erc3009: 1, Permit2: 2, Eip2612: 3, Native: 4, Plugin: 5 } as const;

export const POLICY = {
  holdAt: 9_700,
  blockAt: 9_950,
  protocolFeeBps: 0,
  refreshLog2: 8,
  holdDelay: DAY,
  grace: 2 * DAY,
  appealDelay: 3 * DAY,
  silenceDelay: DAY / 2,
  silenceCap: 1_000_000_000n, // 1,000 tokens in micro-units
  chargeCap: 1_000_000_000n,
  channelCap: 100_000_000n,
  stride: 16,
  auditShare: 0,
};

/** Deterministic test key, one per name. */
export function key(name: string): SigningKey {
  return new SigningKey(keccak256(toUtf8Bytes(`sluice test ${name}`)));
}

/** `count` attester keys in ascending order of their addresses, as epochs list them. */
export function attesterKeys(count: number, prefix = "attester"): SigningKey[] {
  const keys = Array.from({ length: count }, (_, index) => key(`${prefix} ${index}`));
  return keys.sort((a, b) => (BigInt(computeAddress(a)) < BigInt(computeAddress(b)) ? -1 : 1));
}

/** Constructor argument of an epoch over the local token (18 decimals, so six digits are kept). */
export function epochConfig(keys: readonly SigningKey[], quorum: number, token: string) {
  return {
    signers: keys.map((one) => computeAddress(one)),
    tiers: [{ upTo: 2n ** 48n - 2n, quorum }],
    tokens: [{ token, shift: 12, class: 0 }],
  };
}

/** Facts whose score on a DirectEpoch is `score`. */
export function factsScoring(score: number): string {
  return toBeHex(score, 32);
}

export type Suite = Awaited<ReturnType<typeof deploySuite>>;

const ROLES = ["deployer", "operator", "payee", "payer", "stranger", "feeReceiver", "treasury", "arbiter"] as const;

/** The first accounts of the chain by the part they play. */
async function people() {
  const signers = await ethers.getSigners();
  const cast = ROLES.map((role, index) => {
    const signer = signers[index];
    if (signer === undefined) throw new Error(`the chain has no account for ${role}`);
    return [role, signer] as const;
  });
  return Object.fromEntries(cast) as Record<(typeof ROLES)[number], (typeof signers)[number]>; // one entry for each role
}

/** An escrow with everything it answers, its extension's functions included. */
export async function deployEscrow(gate: string, treasury: string, stake = ZeroAddress): Promise<IPaymentEscrow> {
  const deployed = await ethers.deployContract("PaymentEscrow", [gate, treasury, stake]);
  return ethers.getContractAt("IPaymentEscrow", await deployed.getAddress());
}

/** Token, epoch (DirectEpoch, 2 of 3), gate and escrow, with a funded payer who has approved the escrow. */
export async function deploySuite() {
  const cast = await people();
  const { deployer, payer, treasury } = cast;
  const { chainId } = await ethers.provider.getNetwork();
  const token = await ethers.deployContract("LocalToken");
  const keys = attesterKeys(3);
  const epoch = await ethers.deployContract("DirectEpoch", [epochConfig(keys, 2, await token.getAddress())]);
  const gate = await ethers.deployContract("RiskGate", [POLICY, await epoch.getAddress(), deployer.address]);
  const escrow = await deployEscrow(await gate.getAddress(), treasury.address);
  await token.mint(payer.address, 1_000_000n * UNIT);
  await token.connect(payer).approve(await escrow.getAddress(), 2n ** 256n - 1n);
  await networkHelpers.mine(2);
  const site = { chainId, escrow: await escrow.getAddress() };
  return { ...cast, token, keys, epoch, gate, escrow, chainId, site };
}

/** Terms of 100 tokens between the suite's people: capture within 7 days, 0 to 5 % fee, silence refunds. */
export async function termsFor(suite: Suite, changes: Partial<Terms> = {}): Promise<Terms> {
  const now = await networkHelpers.time.latest();
  return {
    payer: suite.payer.address,
    payee: suite.payee.address,
    operator: suite.operator.address,
    token: await suite.token.getAddress(),
    amount: 100n * UNIT,
    authorizeBy: now + DAY,
    captureBy: now + 7 * DAY,
    refundBy: now + 30 * DAY,
    minFeeBps: 0,
    maxFeeBps: 500,
    feeReceiver: suite.feeReceiver.address,
    arbiter: ZeroAddress,
    disputeBond: 0n,
    defaultSplitBps: 0,
    rulingWindow: 0,
    silenceRule: "Refund",
    maxHold: 3 * DAY,
    referral: "0x000000000000000000000000",
    feeTier: "Nobody",
    salt: 1n,
    ...changes,
  };
}

export type Authorized = { terms: Terms; packed: PackedTerms; id: string; block: number };

/** Authorizes by the payer's own call and moves one block on, so that the payment can be judged. */
export async function authorized(suite: Suite, changes: Partial<Terms> = {}): Promise<Authorized> {
  const terms = await termsFor(suite, changes);
  const packed = packTerms(terms);
  const tx = await suite.escrow.connect(suite.payer).authorize(packed, COLLECTION.Allowance, "0x");
  const receipt = await tx.wait();
  await networkHelpers.mine(1);
  return { terms, packed, id: paymentId(terms, suite.site), block: receipt?.blockNumber ?? 0 };
}

export type AttestOptions = {
  keys?: readonly SigningKey[];
  score?: number;
  facts?: string;
  asOf?: number;
  asOfHash?: string;
  subject?: string;
  epoch?: string;
  chainId?: bigint;
};

/** An attestation of the first two attesters about the payment, as of its block unless told otherwise. */
export async function attest(
  suite: Suite,
  payment: Pick<Authorized, "id" | "block">,
  options: AttestOptions = {},
): Promise<string> {
  const asOf = options.asOf ?? payment.block;
  const facts = options.facts ?? factsScoring(options.score ?? 5_000);
  const asOfHash = options.asOfHash ?? (await ethers.provider.getBlock(asOf))?.hash ?? toBeHex(0, 32);
  const statement = { subject: options.subject ?? payment.id, asOf, asOfHash, facts };
  const site = { chainId: options.chainId ?? suite.chainId, epoch: options.epoch ?? (await suite.epoch.getAddress()) };
  const digest = attestationDigest(statement, site);
  const keys = options.keys ?? suite.keys.slice(0, 2);
  const signatures = keys.map((one) => ({ signer: computeAddress(one), signature: one.sign(digest).serialized }));
  return packAttestation({ asOf, asOfHash, facts }, signatures);
}

/** The ERC-3009 signature of a wallet for terms, which its own account or its contract account pays. */
export async function sign3009(suite: Suite, wallet: Wallet, terms: Terms): Promise<string> {
  return signReceiveAuthorization(wallet, {
    token: await suite.token.getAddress(),
    tokenName: "Local Token",
    tokenVersion: "1",
    chainId: suite.chainId,
    from: terms.payer,
    to: suite.site.escrow,
    value: terms.amount,
    validAfter: 0,
    validBefore: terms.authorizeBy,
    nonce: paymentId(terms, suite.site),
  });
}

export function fixture(): Promise<Suite> {
  return networkHelpers.loadFixture(deploySuite);
}
