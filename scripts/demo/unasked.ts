import type { LabelledAccount } from "../../oracle/src/train/payments.ts";
import type { Cashier } from "./cashier.ts";
import type { DemoClock } from "./clock.ts";
import { giveBack, replay } from "./replay.ts";

/**
 * Replays a stream that ends in a payment the model blocks. Nobody asks for screening of it, and its terms let silence
 * release the money; a node blocks it all the same, and the payer has his money back.
 */
export async function runUnasked(account: LabelledAccount, cashier: Cashier, clock: DemoClock): Promise<boolean> {
  const made = await replay(account, `unasked ${account.account}`, cashier, clock, { silenceRule: "Release" });
  const last = made.at(-1);
  if (last === undefined) throw new Error(`account ${account.account} has no payments`);
  const blocked = (await cashier.postedBand(last)) === "Block";
  await giveBack(made, cashier, clock);
  return blocked;
}
