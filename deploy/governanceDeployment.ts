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
  gate: string;
};
