/** The model that local networks run; deploy/sluice.ts deploys its epoch contract. */
export const shippedModel = { id: "eth2017-2", contract: "RiskEpochEth2017V2" } as const;
