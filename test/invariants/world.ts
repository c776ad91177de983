import type { Terms } from "@sluice/sdk";
import { ZeroAddress } from "ethers";

import { setPolicy } from "../shared/moves.ts";
import type { Random } from "../shared/random.ts";
import {
  DAY,
  deploySuite,
  epochConfig,
  ethers,
  networkHelpers,
  type POLICY,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

/** What the events of one payment say has happened to its money. */
export type Flows = {
  captured: bigint;
  operatorFees: bigint;
  protocolFees: bigint;
  voided: bigint;
  reclaimed: bigint;
  refundedByPayee: bigint;
  refundedByOperator: bigint;
};

export type Row = { payment: Authorized; flows: Flows };

/** A token of the walk; `given` was sent to the escrow by a stranger outside of any payment. */
export type Purse = { address: string; given: bigint };

export type World = {
  suite: Suite;
  random: Random;
  purses: Purse[];
  rows: Row[];
  /** What was done, for the message of a failure. */
  log: string[];
};

export const ENDOWMENT = 1_000_000n * UNIT;
const EPOCH_OF_NOW = 2n ** 32n - 1n;

export function noFlows(): Flows {
  return {
    captured: 0n,
    operatorFees: 0n,
    protocolFees: 0n,
    voided: 0n,
    reclaimed: 0n,
    refundedByPayee: 0n,
    refundedByOperator: 0n,
  };
}

/** Two tokens, one plain and one with a deny list; payer, payee and operator hold the same of each. */
export async function createWorld(random: Random): Promise<World> {
  const suite = await deploySuite();
  const denying = await (await ethers.deployContract("DenyListToken")).getAddress();
  const addresses = [await suite.token.getAddress(), denying];
  for (const address of addresses) {
    const token = await ethers.getContractAt("TestToken", address);
    for (const who of [suite.payer, suite.payee, suite.operator]) {
      await token.mint(who.address, ENDOWMENT - (await token.balanceOf(who.address)));
      await token.connect(who).approve(suite.site.escrow, 2n ** 256n - 1n);
    }
  }
  const epoch = await deployEpoch(suite, addresses);
  await setPolicy(suite, { protocolFeeBps: 20 }, epoch);
  const purses = addresses.map((address) => ({ address, given: 0n }));
  return { suite: { ...suite, epoch }, random, purses, rows: [], log: [] };
}

export async function deployEpoch(suite: Suite, tokens: readonly string[]) {
  const config = epochConfig(suite.keys, 2, ZeroAddress);
  config.tokens = tokens.map((token, index) => ({ token, shift: 12, class: index }));
  return ethers.deployContract("DirectEpoch", [config]);
}

/** Terms of a random shape; one in four amounts lies above the silence cap. */
export async function randomTerms(world: World): Promise<Terms> {
  const { suite, random } = world;
  const now = await networkHelpers.time.latest();
  const authorizeBy = now + 60 + random.below(DAY);
  const captureBy = authorizeBy + random.below(4 * DAY);
  const minFeeBps = random.below(100);
  return {
    payer: suite.payer.address,
    payee: suite.payee.address,
    operator: suite.operator.address,
    token: random.pick(world.purses).address,
    amount: 1n + random.bits(random.pick([8, 66, 69, 71])),
    authorizeBy,
    captureBy,
    refundBy: captureBy + random.below(10 * DAY),
    minFeeBps,
    maxFeeBps: minFeeBps + random.below(500),
    feeReceiver: suite.feeReceiver.address,
    arbiter: random.pick([ZeroAddress, suite.arbiter.address]),
    disputeBond: 0n,
    defaultSplitBps: 0,
    rulingWindow: 0,
    silenceRule: random.pick(["Refund", "Release"]),
    maxHold: random.pick([0, 3_600, 2 * DAY, 40 * DAY]),
    referral: "0x000000000000000000000000",
    salt: BigInt(world.rows.length),
  };
}

/** A policy of random delays, fee and thresholds, within the gate's bounds. */
export function randomPolicy(random: Random): Partial<typeof POLICY> {
  const holdAt = 1 + random.below(10_001);
  return {
    holdAt,
    blockAt: holdAt + random.below(10_002 - holdAt),
    protocolFeeBps: random.below(51),
    refreshLog2: 8 + random.below(2),
    holdDelay: random.below(30 * DAY),
    grace: 1 + random.below(7 * DAY),
    appealDelay: random.below(14 * DAY),
    silenceDelay: 1 + random.below(7 * DAY),
  };
}

/** Epoch and block from which an attestation must come, were the payment judged `ahead` blocks after the latest. */
export async function judgement(suite: Suite, payment: Authorized, ahead: number) {
  const stored = await suite.gate.policyAt(payment.block);
  const ruling = stored.revoked ? await suite.gate.policyAt(EPOCH_OF_NOW) : stored;
  const span = 2 ** Number(ruling.policy.refreshLog2);
  const age = (await networkHelpers.time.latestBlock()) + ahead - 1 - payment.block;
  return { epoch: ruling.epoch, asOf: payment.block + Math.floor(Math.max(0, age) / span) * span };
}
