import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { BAND, band } from "../../oracle/src/model/bands.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { score } from "../../oracle/src/model/reference.ts";
import type { LabelledAccount } from "../../oracle/src/train/payments.ts";
import { factRows } from "../../oracle/src/train/rows.ts";
import { localPolicy } from "../stack/policy.ts";
import type { Cashier, Payment } from "./cashier.ts";
import type { DemoClock } from "./clock.ts";
import { demoWallet } from "./identity.ts";
import { needs, schedule } from "./stream.ts";

const HOUR = 3_600;

/** The stream of one account up to its first payment that the model blocks; undefined when it blocks none. */
export function untilBlocked(account: LabelledAccount, model: QuantisedModel): LabelledAccount | undefined {
  const rows = factRows(PAYMENT_SCHEMA, [account]);
  const blocked = rows.findIndex(
    ({ facts }) => band(score(model, facts), localPolicy.holdAt, localPolicy.blockAt) === BAND.block,
  );
  return blocked < 0 ? undefined : { ...account, payments: account.payments.slice(0, blocked + 1) };
}

/**
 * Replays such a stream to a new payee. Nobody asks for screening of its last payment, whose terms let silence release the
 * money; a node blocks it all the same, and the payer has his money back.
 */
export async function runUnasked(account: LabelledAccount, cashier: Cashier, clock: DemoClock): Promise<boolean> {
  const payments = schedule([account], 0, clock.now + HOUR);
  await cashier.fund(needs(payments));
  const payee = demoWallet("payee", `unasked ${account.account}`).address;
  const made: Payment[] = [];
  for (const { payer, amount, time } of payments) {
    const wallet = demoWallet("payer", payer);
    const silenceRule = made.length === payments.length - 1 ? "Release" : "Refund";
    made.push(
      await cashier.authorize(
        wallet,
        cashier.termsFor(wallet.address, payee, amount, Math.max(time, clock.now), { silenceRule }),
        time,
      ),
    );
  }
  const last = made.at(-1);
  if (last === undefined) throw new Error(`account ${account.account} has no payments`);
  const blocked = (await cashier.postedBand(last)) === "Block";
  for (const payment of made) {
    const { captureBy } = payment.terms;
    const { closesAt } = await cashier.escrow.timer(payment.id);
    await clock.mine(closesAt === 0n ? captureBy : Number(closesAt));
    await cashier.reclaim(payment);
  }
  return blocked;
}
