/** Addresses of everything governance consists of. */
export type GovernanceDeployment = {
  token: string;
  stake: string;
  timelock: string;
  attesters: string;
  policyRegistry: string;
  governor: string;
  listRegistry: string;
  voteRelay: string;
  rebatePool: string;
  /** Holds the protocol's money; spent by the timelock within a cap. */
  treasury: string;
  /** What the escrow names as receiver of protocol fees. */
  feeSplitter: string;
  buyBack: string;
  attesterRewards: string;
  grants: string;
  referralCodes: string;
  gate: string;
};
