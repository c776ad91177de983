import type { Provider } from "ethers";

import { readChannel } from "../channelCalls.ts";
import type { ChannelSite, ChannelTerms } from "../channels.ts";
import type { PaidTerms } from "../sessionText.ts";
import { queuedIn } from "./payouts.ts";
import { readSessionUse, type SessionUse } from "./sessions.ts";
import { SluiceError } from "../failure.ts";

/** What the chain says of a channel. */
export type ChannelFunds = {
  /** What counts of the deposit: the lower of what was there some blocks ago and what is there now. */
  deposit: bigint;
  claimed: bigint;
  /** Seconds since the Unix epoch; 0 while nobody asked to leave. */
  closeAt: number;
  /** Open, and not blocked by the gate. */
  usable: boolean;
  readAtMs: number;
  /** Of a channel of a session, as of the same block: what the session has paid, and up to where the channel is paid or queued. */
  session?: { use: SessionUse; counted: bigint };
};

export type WatchOptions = {
  provider: Provider;
  /** How many blocks a deposit must be deep before it counts; 0 counts what the newest block has. */
  confirmations: number;
  /** How old what was read may be, in seconds. Well below the shortest exit delay. */
  maxAgeSeconds: number;
  now: () => number;
};

/** The chain's side of the channels of a site, read when it is needed and not more often. */
export interface ChannelWatch {
  /**
   * @param least Read again, at most once a second, where less than this is known to be there.
   * @throws whatever the provider throws
   */
  funds(terms: PaidTerms, channel: string, least?: bigint): Promise<ChannelFunds>;
  /** Forgets a channel, so that it is read anew, as of this block or a later one: providers answer from a cache for a while. */
  forget(channel: string, block?: number): void;
}

const oftenestMs = 1_000;
const mostKept = 100_000;

export function channelWatch(site: ChannelSite, options: WatchOptions): ChannelWatch {
  const known = new Map<string, ChannelFunds>();
  const reading = new Map<string, Promise<ChannelFunds>>();
  let newest = 0;

  const refresh = (terms: PaidTerms, channel: string): Promise<ChannelFunds> => {
    const under = reading.get(channel);
    if (under) return under;
    const read = readFunds(site, terms, options, newest)
      .then((funds) => {
        if (known.size >= mostKept) known.clear();
        known.set(channel, funds);
        return funds;
      })
      .finally(() => reading.delete(channel));
    reading.set(channel, read);
    return read;
  };
  return {
    funds: async (terms, channel, least = 0n) => {
      const funds = known.get(channel);
      if (funds === undefined) return refresh(terms, channel);
      const ageMs = options.now() * 1000 - funds.readAtMs;
      const stale = ageMs > options.maxAgeSeconds * 1000;
      const short = (funds.deposit < least || !funds.usable) && ageMs >= oftenestMs;
      return stale || short ? refresh(terms, channel) : funds;
    },
    forget: (channel, block = 0) => {
      newest = Math.max(newest, block);
      known.delete(channel);
    },
  };
}

async function readFunds(
  site: ChannelSite,
  terms: PaidTerms,
  options: WatchOptions,
  least: number,
): Promise<ChannelFunds> {
  const { provider, confirmations, now } = options;
  const readAtMs = now() * 1000;
  const head = Math.max(least, await provider.getBlockNumber());
  const [newest, deep] = await Promise.all([
    readChannel(provider, site, terms, head),
    confirmations === 0 ? undefined : depositAt(site, terms, provider, Math.max(0, head - confirmations)),
  ]);
  const { session } = terms;
  const waiting = newest.queued ? (await queuedIn({ site, provider }, newest.id, head)).cumulative : 0n;
  const counted = waiting > newest.claimed ? waiting : newest.claimed;
  return {
    ...(session && { session: { use: await readSessionUse(provider, site, session, head), counted } }),
    deposit: deep !== undefined && deep < newest.deposit ? deep : newest.deposit,
    claimed: newest.claimed,
    closeAt: newest.closeAt,
    usable: newest.open && !newest.blocked,
    readAtMs,
  };
}

/** What was deposited at a block; nothing where the contract itself is younger. */
async function depositAt(site: ChannelSite, terms: ChannelTerms, provider: Provider, block: number): Promise<bigint> {
  try {
    return (await readChannel(provider, site, terms, block)).deposit;
  } catch (error) {
    if (error instanceof SluiceError && error.code === "CONTRACT_UNEXPECTED") return 0n;
    throw error;
  }
}
