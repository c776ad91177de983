import { z } from "zod";

type Tier = [stakeTokens: number, factor: number];

/** Where the settings say nothing: the stake of the fee tiers of a local chain. */
export const USUAL_STAKE_TIERS: Tier[] = [
  [1_000, 2],
  [10_000, 5],
  [100_000, 10],
];

const wholeTokens = z.number().int().min(1).max(1_000_000_000_000);
const factor = z.number().int().min(2).max(1_000);

function isAbove([stake, times]: Tier, before: Tier | undefined): boolean {
  return before === undefined || (stake > before[0] && times > before[1]);
}

/** Tiers of stake in whole tokens, rising in both: more stake never brings less. */
export const stakeTiers = z
  .array(z.tuple([wholeTokens, factor]))
  .max(10)
  .refine((tiers) => tiers.every((tier, index) => isAbove(tier, tiers[index - 1])), {
    error: "stake and factor must rise from each tier to the next",
  });
