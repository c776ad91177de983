import { Interface, type Provider } from "ethers";

import { sessionId, type Session } from "../channelConsent.ts";
import type { ChannelSite } from "../channels.ts";
import { wholeIn } from "../fields.ts";
import { paymentChannelsAbi } from "../generated/abi.ts";
import { problems, type Problem } from "../pay402/wire.ts";
import { read } from "../read.ts";
import type { PaidTerms } from "../sessionText.ts";

/** What the chain says of a session: the period it last paid in, what it paid there, and when a revocation takes effect. */
export type SessionUse = { spent: bigint; index: number; revokedAt: number };

const abi = new Interface(paymentChannelsAbi);
const ids = new WeakMap<Session, string>();

export async function readSessionUse(
  provider: Provider,
  site: ChannelSite,
  session: Session,
  block: number,
): Promise<SessionUse> {
  const { chainId, channels } = site;
  const call = { chainId, to: channels, abi, method: "sessionUse", args: [idOf(session, site)] };
  const answer = await read(provider, call, block);
  const [use] = answer.toArray() as [Parameters<typeof wholeIn>[0]]; // a struct decodes to a result
  const numbers = { index: Number(wholeIn(use, "index")), revokedAt: Number(wholeIn(use, "revokedAt")) };
  return { spent: wholeIn(use, "spent"), ...numbers };
}

/** Second from which the session's vouchers are worth nothing. */
export function endOf({ expiry }: Session, { revokedAt }: SessionUse): number {
  return revokedAt !== 0 && revokedAt < expiry ? revokedAt : expiry;
}

/**
 * Whether a channel's terms are those of a session that is this payee's alone: then it has one channel, whose vouchers no other
 * channel's can crowd out of the period's cap. A revocation must leave time to redeem.
 */
export function fitsSession(
  { session, payer, payee, token, signer, exitDelay, salt }: PaidTerms,
  site: ChannelSite,
  { minExitDelaySeconds, closeMarginSeconds }: { minExitDelaySeconds: number; closeMarginSeconds: number },
): boolean {
  if (session === undefined) return true;
  const id = idOf(session, site);
  const named = salt === BigInt(id) && BigInt(signer) === BigInt(`0x${id.slice(26)}`);
  const [only, ...others] = session.payees;
  const alone = only === payee && others.length === 0 && exitDelay === minExitDelaySeconds;
  const known = session.payer === payer && session.token === token;
  return named && alone && known && session.notice >= 2 * closeMarginSeconds;
}

/**
 * Why a voucher of a session could not be redeemed in time, or not in full.
 * @param counted What the contract has paid of the channel, or has in its queue
 */
export function sessionRefusal(
  session: Session,
  use: SessionUse,
  {
    cumulative,
    counted,
    now,
    marginSeconds,
  }: Record<"cumulative" | "counted", bigint> & {
    now: number;
    marginSeconds: number;
  },
): Problem | undefined {
  if (now < session.start || now >= endOf(session, use) - marginSeconds) return problems.session;
  const index = session.period === 0 ? 0 : Math.floor((now - session.start) / session.period);
  const spent = index === use.index ? use.spent : 0n;
  return cumulative - counted > session.capPerPeriod - spent ? problems.sessionCap : undefined;
}

function idOf(session: Session, site: ChannelSite): string {
  const known = ids.get(session);
  if (known !== undefined) return known;
  const id = sessionId(session, site);
  ids.set(session, id);
  return id;
}
