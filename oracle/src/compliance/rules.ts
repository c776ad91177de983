import { rapidMovement } from "./rapidMovement.ts";
import { RULE_SIDES, type RuleInput, type RuleReason, type RuleSettings } from "./ruleTypes.ts";
import { structuring } from "./structuring.ts";

export type { RuleInput, RuleReason, RuleSettings, RuleSubject } from "./ruleTypes.ts";

/**
 * What the rules say about a payment, from history up to and including `asOf`; its timestamp is "now", and nothing later counts.
 * Windows lie around the payment, so what is said once is still said as of a later block unless money that came later changes it.
 */
export function ruleReasons(input: RuleInput, settings: RuleSettings): RuleReason[] {
  const reasons: RuleReason[] = [];
  for (const side of RULE_SIDES) {
    const found = [structuring(input, side, settings), rapidMovement(input, side, settings)];
    for (const reason of found) if (reason !== undefined) reasons.push(reason);
  }
  return reasons;
}
