/** The model that local networks run; deploy/sluice.ts deploys its epoch contract. */
export const shippedModel = { id: "eth2017-1", contract: "RiskEpochEth2017V1" } as const;
