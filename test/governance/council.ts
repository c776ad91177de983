import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import {
  executionArguments,
  hotKeyDigest,
  policyProposal,
  proposalArguments,
  proposalId,
  type PolicyChanges,
  type Proposal,
} from "@sluice/sdk";
import { computeAddress, type SigningKey } from "ethers";

import { delayClasses } from "../../deploy/delayClasses.ts";
import { localGovernance } from "../../deploy/localGovernance.ts";
import { DAY, deploySuite, epochConfig, ethers, networkHelpers, UNIT } from "../shared/suite.ts";

export const HOUR = 3_600;
export const VOTE = { Against: 0, For: 1, Abstain: 2 } as const;
export const STATE = {
  Pending: 0n,
  Active: 1n,
  Canceled: 2n,
  Defeated: 3n,
  Succeeded: 4n,
  Queued: 5n,
  Executed: 7n,
} as const;
export const MILLION = 1_000_000n * UNIT;

export type Council = Awaited<ReturnType<typeof deployCouncil>>;
export type Holder = HardhatEthersSigner;

const HOLDERS = ["alice", "bob", "carol", "dave", "guardian", "reporter"] as const;

async function holdersOf(first: number) {
  const signers = await ethers.getSigners();
  const cast = HOLDERS.map((name, index) => {
    const signer = signers[first + index];
    if (signer === undefined) throw new Error(`the chain has no account for ${name}`);
    return [name, signer] as const;
  });
  return Object.fromEntries(cast) as Record<(typeof HOLDERS)[number], Holder>; // one entry for each holder
}

/** The suite with governance over its gate. Each of four holders has ten million tokens and has approved the stake. */
export async function deployCouncil() {
  const suite = await deploySuite();
  const { deployer, gate } = suite;
  const holders = await holdersOf(8);
  const p = localGovernance(deployer.address);
  const settings = {
    ...p.settings,
    guardian: holders.guardian.address,
    guardianUntil: (await networkHelpers.time.latest()) + 30 * DAY,
  };
  const token = await ethers.deployContract("SluiceToken", [p.distributor, p.supply]);
  const stake = await ethers.deployContract("SluiceStake", [
    await token.getAddress(),
    p.unbondingPeriod,
    p.tierAge,
    [...p.tiers],
  ]);
  const timelock = await ethers.deployContract("SluiceTimelock", [p.timelockDelay, deployer.address]);
  const [at, gateAt, timelockAt] = [await stake.getAddress(), await gate.getAddress(), await timelock.getAddress()];
  const rules = [p.minimumBond, p.evidenceBlocks, p.vetoWindow] as const;
  const attesters = await ethers.deployContract("Attesters", [at, gateAt, timelockAt, ...rules]);
  const registry = await ethers.deployContract("PolicyRegistry", [gateAt, timelockAt, await attesters.getAddress()]);
  const governor = await ethers.deployContract("SluiceGovernor", [
    at,
    timelockAt,
    settings,
    [await registry.getAddress()],
  ]);
  const lists = await ethers.deployContract("ListRegistry", [gateAt]);
  for (const role of ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"]) {
    await timelock.grantRole(ethers.id(role), await governor.getAddress());
  }
  const parts = { policyRegistry: registry, attesters, rebatePool: undefined };
  for (const { part, selector, delayClass } of delayClasses) {
    const target = parts[part];
    if (target !== undefined) await timelock.setDelayClass(await target.getAddress(), selector, delayClass);
  }
  await stake.setAttesters(await attesters.getAddress());
  await gate.setGovernor(await registry.getAddress());
  await timelock.renounceRole(ethers.ZeroHash, deployer.address);
  for (const holder of [holders.alice, holders.bob, holders.carol, holders.dave]) {
    await token.transfer(holder.address, 10n * MILLION);
    await token.connect(holder).approve(at, 2n ** 256n - 1n);
  }
  const site = { chainId: suite.chainId, governor: await governor.getAddress() };
  return {
    ...holders,
    suite,
    parameters: { ...p, settings },
    sluice: token,
    stake,
    timelock,
    attesters,
    registry,
    governor,
    lists,
    gate,
    governorSite: site,
  };
}

/** The council with three voters: alice 4, bob 2 and carol 1 million staked, a block ago. */
export async function deployVoters() {
  const council = await deployCouncil();
  await council.stake.connect(council.alice).stake(4n * MILLION);
  await council.stake.connect(council.bob).stake(2n * MILLION);
  await council.stake.connect(council.carol).stake(1n * MILLION);
  await networkHelpers.time.increase(10);
  return council;
}

export function council(): Promise<Council> {
  return networkHelpers.loadFixture(deployCouncil);
}

export function voters(): Promise<Council> {
  return networkHelpers.loadFixture(deployVoters);
}

/** A proposal to change parameters of the policy. */
export async function changing(
  c: Council,
  changes: PolicyChanges,
  description = "Change the policy",
): Promise<Proposal> {
  return policyProposal(changes, await c.registry.getAddress(), description);
}

export async function propose(c: Council, proposal: Proposal, by: Holder = c.alice): Promise<bigint> {
  await c.governor.connect(by).propose(...proposalArguments(proposal));
  return proposalId(proposal);
}

/** Moves to the first second in which votes count. */
export async function toVote(c: Council, id: bigint): Promise<void> {
  await networkHelpers.time.increaseTo((await c.governor.proposalSnapshot(id)) + 1n);
}

/** Moves past the deadline, extensions included. */
export async function toEnd(c: Council, id: bigint): Promise<void> {
  await networkHelpers.time.increaseTo((await c.governor.proposalDeadline(id)) + 1n);
}

/** Proposes, lets the holders vote for it and waits for the end. */
export async function voted(c: Council, proposal: Proposal, holders: readonly Holder[] = [c.alice]): Promise<bigint> {
  const id = await propose(c, proposal);
  await toVote(c, id);
  for (const holder of holders) await c.governor.connect(holder).castVote(id, VOTE.For);
  await toEnd(c, id);
  return id;
}

/** The same and into the timelock, whose delay is waited for. */
export async function queued(c: Council, proposal: Proposal, holders: readonly Holder[] = [c.alice]): Promise<bigint> {
  const id = await voted(c, proposal, holders);
  await c.governor.queue(...executionOf(proposal));
  await networkHelpers.time.increaseTo(await c.governor.proposalEta(id));
  return id;
}

/** A whole vote, executed; answers the execution's transaction. */
export async function enacted(c: Council, proposal: Proposal, holders: readonly Holder[] = [c.alice]) {
  await queued(c, proposal, holders);
  return c.governor.execute(...executionOf(proposal));
}

/** A signer that acts as the timelock, for tests of what only it may call. */
export async function asTimelock(c: Council): Promise<Holder> {
  const address = await c.timelock.getAddress();
  await networkHelpers.impersonateAccount(address);
  await networkHelpers.setBalance(address, 10n ** 20n);
  return ethers.getSigner(address);
}

/** The account names the key as its hot key and bonds what is asked for. */
export async function registered(c: Council, holder: Holder, key: SigningKey, bond = 0n): Promise<void> {
  const site = { chainId: c.suite.chainId, contract: await c.attesters.getAddress() };
  const signature = key.sign(hotKeyDigest(holder.address, site)).serialized;
  await c.attesters.connect(holder).setHotKey(computeAddress(key), signature, "https://node.example");
  if (bond > 0n) await c.attesters.connect(holder).bond(bond);
}

/** A new epoch of these signers, quorum two where there are three. */
export async function anEpoch(c: Council, keys: readonly SigningKey[]) {
  const config = epochConfig(keys, Math.floor(keys.length / 2) + 1, await c.suite.token.getAddress());
  return ethers.deployContract("DirectEpoch", [config]);
}

/** A position's amounts. */
export async function amountsOf(c: Council, account: string) {
  const { staked, votes, bonded, unbonding, matured } = await c.stake.position(account);
  return { staked, votes, bonded, unbonding, matured };
}

/** Seconds as the chain counts them, now. */
export async function now(): Promise<bigint> {
  return BigInt(await networkHelpers.time.latest());
}

/** Arguments of queue, execute and cancel. */
export function executionOf(proposal: Proposal) {
  return executionArguments(proposal);
}
