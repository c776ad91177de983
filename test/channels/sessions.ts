import { packSession, sessionTerms, signVoucher, type Session } from "@sluice/sdk";
import type { Signer } from "ethers";

import { networkHelpers, UNIT } from "../shared/suite.ts";
import { channelOf, HOUR, type Channel, type Channels } from "./world.ts";

export const DAY = 24 * HOUR;
export const DEPOSIT = 90n * UNIT;
/** What a session of the tests may pay out in a day. */
export const DAILY = 10n * UNIT;

/** A session of a day's cap of ten tokens for the stranger's key, from now on for a week, for the payee alone. */
export async function sessionOf(world: Channels, changes: Partial<Session> = {}): Promise<Session> {
  const start = await networkHelpers.time.latest();
  return {
    payer: world.payer.address,
    token: await world.token.getAddress(),
    keyKind: "Secp256k1",
    key: world.stranger.address.toLowerCase(),
    capPerPeriod: DAILY,
    period: DAY,
    start,
    expiry: start + 7 * DAY,
    notice: HOUR,
    salt: 1n,
    payees: [world.payee.address],
    ...changes,
  };
}

/** An open channel of the session with the payee. */
export async function openedFor(world: Channels, session: Session, payee = world.payee.address): Promise<Channel> {
  const terms = sessionTerms(session, { payee, exitDelay: DAY }, world.channelSite);
  const channel = channelOf(world, terms, world.stranger);
  await world.channels.connect(world.payer).open(channel.packed, DEPOSIT);
  return channel;
}

type Options = { key?: Signer; session?: Session; signature?: string };

/** Redeems by anybody what the session's key signed. */
export async function redeemBySession(
  world: Channels,
  session: Session,
  channel: Channel,
  cumulative: bigint,
  { key = world.stranger, signature }: Options = {},
) {
  const signed = signature ?? (await signVoucher(key, channel.id, cumulative, world.channelSite));
  return world.channels.redeemBySession(channel.packed, cumulative, packSession(session), signed, "0x");
}
