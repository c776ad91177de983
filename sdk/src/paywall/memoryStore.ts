import { groupCommit, type Ledger } from "./groupCommit.ts";
import { applied, type ChannelRecord, type VoucherStore } from "./store.ts";

/** Vouchers in memory, lost with the process: for tests, and for measuring what durability costs. */
export function memoryStore(): VoucherStore {
  const records = new Map<string, ChannelRecord>();
  const ledger: Ledger = {
    commit: (changes) =>
      changes.map((change) => {
        const outcome = applied(records.get(change.channel), change);
        if (outcome.done && outcome.record) records.set(change.channel, outcome.record);
        return outcome;
      }),
    find: async (channel) => records.get(channel),
    all: async (site) => [...records.values()].filter((record) => record.site === site),
    close: async () => undefined,
  };
  return groupCommit(ledger);
}
