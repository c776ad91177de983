import {
  batchBallotTypedData,
  callProposal,
  executionArguments,
  packBallots,
  policyProposal,
  proposalArguments,
  proposalId,
  type Proposal,
} from "@sluice/sdk";
import { Interface, id, Wallet, ZeroHash } from "ethers";

import { delayClasses } from "../../deploy/delayClasses.ts";
import { localGovernance } from "../../deploy/localGovernance.ts";
import type { Rows } from "./escrowRows.ts";
import { gasOf, UNIT, type World } from "./world.ts";

const MILLION = 1_000_000n * UNIT;
const FOR = 1;
const BALLOTS = 100;

type Assembly = Awaited<ReturnType<typeof governanceOver>>;

/** Governance over the world's gate, as deployed, with four holders of ten million tokens who have approved the stake. */
async function governanceOver(world: World) {
  const { ethers, gate, deployer, epoch } = world;
  const parameters = localGovernance(deployer.address);
  const gateAddress = await gate.getAddress();
  const token = await ethers.deployContract("SluiceToken", [deployer.address, parameters.supply]);
  const { unbondingPeriod, tierAge, tiers, timelockDelay, minimumBond, evidenceBlocks, vetoWindow, settings } =
    parameters;
  const stake = await ethers.deployContract("SluiceStake", [
    await token.getAddress(),
    unbondingPeriod,
    tierAge,
    [...tiers],
  ]);
  const [stakeAddress, timelock] = [
    await stake.getAddress(),
    await ethers.deployContract("SluiceTimelock", [timelockDelay, deployer.address]),
  ];
  const treasury = await timelock.getAddress();
  const attesters = await ethers.deployContract("Attesters", [
    stakeAddress,
    gateAddress,
    treasury,
    minimumBond,
    evidenceBlocks,
    vetoWindow,
  ]);
  const registry = await ethers.deployContract("PolicyRegistry", [gateAddress, treasury, await attesters.getAddress()]);
  const targets = [await registry.getAddress()];
  const governor = await ethers.deployContract("SluiceGovernor", [stakeAddress, treasury, settings, targets]);
  for (const role of ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"])
    await timelock.grantRole(id(role), await governor.getAddress());
  const parts = { policyRegistry: registry, attesters, rebatePool: undefined };
  for (const { part, selector, delayClass } of delayClasses) {
    const target = parts[part];
    if (target !== undefined) await timelock.setDelayClass(await target.getAddress(), selector, delayClass);
  }
  await stake.setAttesters(await attesters.getAddress());
  await gate.setGovernor(await registry.getAddress());
  await timelock.renounceRole(ZeroHash, deployer.address);
  const holders = (await ethers.getSigners()).slice(10, 15);
  for (const holder of holders) {
    await token.transfer(holder.address, 10n * MILLION);
    await token.connect(holder).approve(stakeAddress, 2n ** 256n - 1n);
  }
  await token.transfer(treasury, MILLION);
  return { ...world, token, stake, timelock, registry, governor, holders, epoch };
}

function holder(assembly: Assembly, index: number) {
  const found = assembly.holders[index];
  if (found === undefined) throw new RangeError(`there is no holder ${index}`);
  return found;
}

/** Lets a proposal be voted through by holder 0 and then holder 1; their votes are measured. */
async function through(
  assembly: Assembly,
  proposal: Proposal,
): Promise<{ propose: number; first: number; later: number; queue: number; execute: number }> {
  const { governor, networkHelpers } = assembly;
  const key = proposalId(proposal);
  const propose = await gasOf(governor.connect(holder(assembly, 0)).propose(...proposalArguments(proposal)));
  await networkHelpers.time.increaseTo((await governor.proposalSnapshot(key)) + 1n);
  const first = await gasOf(governor.connect(holder(assembly, 0)).castVote(key, FOR));
  const later = await gasOf(governor.connect(holder(assembly, 1)).castVote(key, FOR));
  await networkHelpers.time.increaseTo((await governor.proposalDeadline(key)) + 1n);
  const queue = await gasOf(governor.queue(...executionArguments(proposal)));
  await networkHelpers.time.increaseTo(await governor.proposalEta(key));
  const execute = await gasOf(governor.execute(...executionArguments(proposal)));
  return { propose, first, later, queue, execute };
}

/** Gas of a hundred ballots in one transaction, per vote: of voters who have a number, and of those who get theirs. */
async function batchRows(assembly: Assembly): Promise<Rows> {
  const { governor, stake, token, registry, networkHelpers, ethers, site } = assembly;
  const bob = holder(assembly, 1);
  const voters = Array.from(
    { length: BALLOTS },
    (_, index) => new Wallet(id(`sluice bench voter ${index}`), ethers.provider),
  );
  for (const voter of voters) {
    await token.connect(bob).transfer(voter.address, UNIT);
    await networkHelpers.setBalance(voter.address, 10n ** 18n);
    await token.connect(voter).approve(await stake.getAddress(), UNIT);
    await stake.connect(voter).stake(UNIT, { gasLimit: 500_000 }); // costs depend on the second
  }
  const governorSite = { chainId: site.chainId, governor: await governor.getAddress() };
  const vote = async (holdAt: number): Promise<number> => {
    const proposal = policyProposal({ HoldAt: holdAt }, await registry.getAddress(), `Hold at ${holdAt}`);
    const key = proposalId(proposal);
    await governor.connect(holder(assembly, 0)).propose(...proposalArguments(proposal));
    await networkHelpers.time.increaseTo((await governor.proposalSnapshot(key)) + 1n);
    const ballots = voters.map(async (voter) => {
      const { domain, types, message } = batchBallotTypedData(key, FOR, voter.address, governorSite);
      return { voter: voter.address, support: FOR, signature: await voter.signTypedData(domain, types, message) };
    });
    const packed = packBallots(await Promise.all(ballots));
    const gas = await gasOf(governor.connect(bob).castVotesBySig(key, packed, { gasLimit: 12_000_000 }));
    await networkHelpers.time.increaseTo((await governor.proposalDeadline(key)) + 1n);
    return Math.round(gas / BALLOTS);
  };
  return { "firstUse.governance.voteBatch100": await vote(9_620), "governance.voteBatch100": await vote(9_630) };
}

/**
 * The token's transfer, the second holder's stake while rewards stream, and a whole vote. The rows are those of a proposer's second proposal, one
 * call that changes holdAt, whose first vote reaches the quorum. `execute` moves the treasury's tokens, as a peer's does;
 * `executePolicy` writes the gate's policy history, which has no peer.
 */
export async function governanceRows(world: World): Promise<Rows> {
  const assembly = await governanceOver(world);
  const { stake, token, registry, networkHelpers } = assembly;
  const [alice, bob] = [holder(assembly, 0), holder(assembly, 1)];
  const firstStake = await gasOf(stake.connect(alice).stake(8n * MILLION));
  await stake.connect(alice).notifyReward(MILLION / 10n);
  await networkHelpers.time.increase(600);
  const secondStake = await gasOf(stake.connect(bob).stake(MILLION));
  await networkHelpers.time.increase(600);
  const grown = await gasOf(stake.connect(bob).stake(MILLION));
  await networkHelpers.time.increase(600);
  const target = await registry.getAddress();
  const before = await through(assembly, policyProposal({ HoldAt: 9_600 }, target, "Hold at 9,600"));
  const policy = await through(assembly, policyProposal({ HoldAt: 9_650 }, target, "Hold at 9,650"));
  const erc20 = new Interface(["function transfer(address to, uint256 amount)"]);
  const data = erc20.encodeFunctionData("transfer", [bob.address, UNIT]);
  const spend = await through(assembly, callProposal([{ target: await token.getAddress(), data }], "Spend"));
  return {
    "governance.transfer": await gasOf(token.connect(bob).transfer(alice.address, UNIT)),
    "governance.stake": secondStake,
    "governance.propose": policy.propose,
    "governance.castVoteFirst": policy.first,
    "governance.castVoteLater": policy.later,
    "governance.queue": policy.queue,
    "governance.execute": spend.execute,
    "governance.executePolicy": policy.execute,
    ...(await batchRows(assembly)),
    "governance.stakeMore": grown,
    "firstUse.governance.stake": firstStake,
    "firstUse.governance.propose": before.propose,
    "firstUse.governance.executePolicy": before.execute,
  };
}
