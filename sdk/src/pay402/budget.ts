import { SluiceError } from "../failure.ts";
import type { PurseChannel } from "./purse.ts";

/** What may be signed for one call. */
export type CallBudget = {
  /**
   * Notes that the channel's signer is about to sign up to `cumulative`.
   * @throws SluiceError `PAYMENT_LIMIT` where that exceeds a limit; nothing is noted then
   */
  sign(channel: PurseChannel, cumulative: bigint): void;
};

export type Budget = { signed(): bigint; call(): CallBudget };

/** Limits count what is signed, not what sellers say they charged: it is what they can take. */
export function budgetOf(maxPerCall: bigint, maxTotal: bigint): Budget {
  let total = 0n;
  const call = (): CallBudget => {
    let ofCall = 0n;
    return {
      sign: (channel, cumulative) => {
        const more = cumulative > channel.signed ? cumulative - channel.signed : 0n;
        if (ofCall + more > maxPerCall) throw limit("maxPerCall", ofCall + more, maxPerCall);
        if (total + more > maxTotal) throw limit("maxTotal", total + more, maxTotal);
        ofCall += more;
        total += more;
        channel.signed += more;
      },
    };
  };
  return { signed: () => total, call };
}

function limit(field: string, needed: bigint, allowed: bigint): SluiceError {
  const details = { needed, allowed };
  return new SluiceError("PAYMENT_LIMIT", `${field}: ${needed} needed, ${allowed} allowed`, field, { details });
}
