import type { Change, ChannelRecord, Outcome, Payment, VoucherStore } from "./store.ts";

/** What a database does for a store: many changes, in their order, in one transaction. */
export interface Ledger {
  /** Makes the changes durable together; throws where none was made. */
  commit(changes: readonly Change[]): Outcome[] | Promise<Outcome[]>;
  find(channel: string): Promise<ChannelRecord | undefined>;
  all(site: string): Promise<ChannelRecord[]>;
  close(): Promise<void>;
}

type Waiting = { change: Change; resolve: (outcome: Outcome) => void; reject: (reason: unknown) => void };

export type GroupCommitOptions = {
  /** Most changes of one transaction; 1 commits each by itself. 512 when absent. */
  mostTogether?: number;
};

const usuallyTogether = 512;
/** After the requests that are there have been read, so that they are committed together. */
export const soon: (run: () => void) => unknown = globalThis.setImmediate ?? ((run) => setTimeout(run, 0));

/**
 * A store that commits what arrives together in one transaction and answers when it is durable: sixty-four calls cost
 * one write to the disk instead of sixty-four.
 */
export function groupCommit(ledger: Ledger, { mostTogether = usuallyTogether }: GroupCommitOptions = {}): VoucherStore {
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    await new Promise<void>((resolve) => void soon(resolve));
    while (waiting.length > 0) await commit(ledger, waiting.splice(0, mostTogether));
    running = undefined;
  };
  const make = (change: Change): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      waiting.push({ change, resolve, reject });
      running ??= drain();
    });
  return {
    find: (channel) => ledger.find(channel),
    all: (site) => ledger.all(site),
    accept: (payment: Payment) => make({ kind: "accept", channel: payment.channel, payment }),
    spend: (channel, amount) => make({ kind: "spend", channel, amount }),
    giveBack: (channel, amount) => make({ kind: "giveBack", channel, amount }),
    redeemed: (channel, cumulative, at) => make({ kind: "redeemed", channel, cumulative, at }),
    close: async () => {
      await running;
      await ledger.close();
    },
  };
}

/** A transaction that fails was made for nobody, and each of those who wait is told. */
async function commit(ledger: Ledger, group: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await ledger.commit(group.map(({ change }) => change));
    for (const [index, { resolve, reject }] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome) resolve(outcome);
      else reject(new Error(`the ledger answered ${outcomes.length} of ${group.length} changes`));
    }
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}
