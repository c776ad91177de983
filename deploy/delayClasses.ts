import { attestersAbi, policyRegistryAbi, rebatePoolAbi } from "@sluice/sdk";
import { Interface } from "ethers";

/** The timelock's classes by their numbers, as contracts/types/DelayClass.sol has them; what is not listed is of class Powers. */
export const DELAY_CLASS = { Powers: 0, Ordinary: 1, Short: 2 } as const;

const abis = { policyRegistry: policyRegistryAbi, attesters: attestersAbi, rebatePool: rebatePoolAbi };
type Part = keyof typeof abis;
type Row = readonly [part: Part, call: string, delay: keyof typeof DELAY_CLASS];

/**
 * What waits less than three shortest delays: changes of bounded parameters two, and one what is small, what answers a stolen
 * key, and what must be there before an accusation or a challenge takes effect.
 */
const rows: readonly Row[] = [
  ["policyRegistry", "changePolicy", "Ordinary"],
  ["policyRegistry", "changeSmall", "Short"],
  ["policyRegistry", "endTightening", "Short"],
  ["policyRegistry", "revokeEpoch", "Short"],
  ["policyRegistry", "disableSigners", "Short"],
  ["attesters", "vetoDissent", "Short"],
  ["rebatePool", "rule", "Short"],
];

/** Functions and classes, as `setDelayClass` of the timelock takes them once the part's address is known. */
export const delayClasses = rows.map(([part, call, delay]) => {
  const found = new Interface(abis[part]).getFunction(call);
  if (found === null) throw new Error(`${part} has no function ${call}`);
  return { part, call, selector: found.selector, delayClass: DELAY_CLASS[delay] };
});
