import { ZeroAddress } from "ethers";

import type { GovernanceParameters } from "./deployGovernance.ts";

const UNIT = 10n ** 18n;
const HOUR = 3_600;
const DAY = 24 * HOUR;

/**
 * Governance of local networks: the shortest delays the contracts take, all real. Whoever uses it moves the chain's clock.
 * @param distributor Who gets the supply of 100 million tokens.
 */
export function localGovernance(distributor: string): GovernanceParameters {
  return {
    distributor,
    supply: 100_000_000n * UNIT,
    unbondingPeriod: 7 * DAY,
    tierAge: 7 * DAY,
    tiers: [1_000n * UNIT, 10_000n * UNIT, 100_000n * UNIT],
    timelockDelay: DAY,
    treasuryCap: 1_000,
    feeParts: { attesters: 3_000, stakers: 2_500, rebates: 2_500, treasury: 2_000 },
    minimumBond: 10_000n * UNIT,
    evidenceBlocks: 1_000,
    vetoWindow: 4 * DAY,
    challengeBond: 1_000n * UNIT,
    challengeWindow: 2 * DAY,
    rulingWindow: 7 * DAY,
    settings: {
      votingDelay: HOUR,
      votingPeriod: DAY,
      lateQuorumExtension: 6 * HOUR,
      quorumStakedBps: 1_000,
      quorumSupplyBps: 100,
      proposalThreshold: 100_000n * UNIT,
      stakedFloor: 5_000_000n * UNIT,
      guardian: ZeroAddress,
      guardianUntil: 0,
    },
  };
}
