import type { NetworkConnection } from "hardhat/types/network";

import { checkPowers } from "./checkPowers.ts";
import type { GovernanceDeployment } from "./governanceDeployment.ts";
import governanceModule from "./governance.ts";
import treasuryModule from "./treasury.ts";

/** What governance is deployed with. Times in seconds, amounts in the token's smallest unit, shares in basis points. */
export type GovernanceParameters = {
  /** Who gets the whole supply. */
  distributor: string;
  supply: bigint;
  unbondingPeriod: number;
  tierAge: number;
  /** Matured stake of the three fee tiers, ascending. */
  tiers: readonly [bigint, bigint, bigint];
  timelockDelay: number;
  /** Share of each token that may leave the treasury in thirty days. */
  treasuryCap: number;
  /** Parts of protocol fees; they make 10,000 together. contracts/interfaces/IFeeSplitter.sol says whose they are. */
  feeParts: { attesters: number; stakers: number; rebates: number; treasury: number };
  /** Smallest bond of a signer of an epoch that a vote puts into force. */
  minimumBond: bigint;
  /** Blocks for which a signer answers after his epoch was replaced. */
  evidenceBlocks: number;
  /** Seconds in which a vote may veto a proven dissent: at least as long as a whole vote takes. */
  vetoWindow: number;
  /** Bond of whoever challenges a rebate root. */
  challengeBond: bigint;
  /** Seconds in which a rebate root can be challenged. */
  challengeWindow: number;
  /** Seconds a vote has to rule a challenge: at least as long as a whole vote takes. */
  rulingWindow: number;
  /** contracts/types/GovernorParameters.sol gives the meaning of each. */
  settings: {
    votingDelay: number;
    votingPeriod: number;
    lateQuorumExtension: number;
    quorumStakedBps: number;
    quorumSupplyBps: number;
    proposalThreshold: bigint;
    stakedFloor: bigint;
    guardian: string;
    guardianUntil: number;
  };
};

type Connection = NetworkConnection<string>;

function treasuryParameters({
  distributor,
  supply,
  unbondingPeriod,
  tierAge,
  tiers,
  timelockDelay,
  treasuryCap,
  feeParts,
}: GovernanceParameters) {
  const staking = { distributor, supply, unbondingPeriod, tierAge, tiers: [...tiers] };
  return { ...staking, timelockDelay, treasuryCap, feeParts };
}

/**
 * Deploys token, stake, timelock, treasury and fee splitter and returns the splitter's address, which the escrow names for
 * ever as its treasury. Optional: without it `deployGovernance` deploys them too.
 * @param deploymentId Name of Ignition's journal; `deployGovernance` must get the same, so that it goes on from there. A chain
 * inside the process keeps no journal: there the two steps cannot be taken apart.
 */
export async function deployTreasury(
  connection: Connection,
  parameters: GovernanceParameters,
  deploymentId: string,
): Promise<{ feeSplitter: string; stake: string }> {
  const { stake, feeSplitter } = await connection.ignition.deploy(treasuryModule, {
    parameters: { Treasury: treasuryParameters(parameters) },
    deploymentId,
  });
  return { feeSplitter: await feeSplitter.getAddress(), stake: await stake.getAddress() };
}

/**
 * Deploys governance over a gate whose governor is the deployer, hands everything over and proves on chain that the deployer
 * kept nothing.
 * @param options `escrow`: its treasury must be the fee splitter. `since`: a block not after the first of this deployment.
 * @throws IgnitionError when a transaction fails; PowersError when a power is not where it belongs
 */
export async function deployGovernance(
  connection: Connection,
  gate: string,
  parameters: GovernanceParameters,
  options: { deploymentId?: string; escrow?: string; since?: number } = {},
): Promise<GovernanceDeployment> {
  const { minimumBond, evidenceBlocks, vetoWindow, challengeBond, challengeWindow, rulingWindow, settings } =
    parameters;
  const rebates = { challengeBond, challengeWindow, rulingWindow };
  const { deploymentId, escrow, since } = options;
  const [deployer] = await connection.ethers.getSigners();
  if (deployer === undefined) throw new Error("the network has no account to deploy from");
  const deployed = await connection.ignition.deploy(governanceModule, {
    parameters: {
      Treasury: treasuryParameters(parameters),
      Governance: { gate, minimumBond, evidenceBlocks, vetoWindow, ...rebates, settings },
    },
    ...(deploymentId === undefined ? {} : { deploymentId }),
  });
  const addresses = {
    token: await deployed.token.getAddress(),
    stake: await deployed.stake.getAddress(),
    timelock: await deployed.timelock.getAddress(),
    attesters: await deployed.attesters.getAddress(),
    policyRegistry: await deployed.policyRegistry.getAddress(),
    governor: await deployed.governor.getAddress(),
    listRegistry: await deployed.listRegistry.getAddress(),
    voteRelay: await deployed.voteRelay.getAddress(),
    rebatePool: await deployed.rebatePool.getAddress(),
    treasury: await deployed.treasury.getAddress(),
    feeSplitter: await deployed.feeSplitter.getAddress(),
    buyBack: await deployed.buyBack.getAddress(),
    attesterRewards: await deployed.attesterRewards.getAddress(),
    grants: await deployed.grants.getAddress(),
    referralCodes: await deployed.referralCodes.getAddress(),
    gate,
  };
  await checkPowers(connection.ethers.provider, addresses, deployer.address, { escrow, since });
  return addresses;
}
