import { join } from "node:path";

import { openChain, openGuard } from "../../oracle/src/store/dataDir.ts";
import { keyOf, type Lives } from "./lives.ts";

export interface Verdict {
  /** Answered, and not in the guard's file with the same facts. */
  readonly lost: readonly string[];
  /** In the guard's file with another signature than the one answered. */
  readonly signedOtherwise: readonly string[];
  /** What the node decided by itself from the chain differs from what it answered, or is missing. */
  readonly decidedOtherwise: readonly string[];
}

/** Compares everything that was answered with what stands in the files of a node that has stopped. */
export async function verify(dataDir: string, { answered }: Lives): Promise<Verdict> {
  const guard = await openGuard(join(dataDir, "guard.sqlite"));
  const chain = await openChain(join(dataDir, "chain.sqlite"));
  const rows = await guard.selectFrom("guard").selectAll().execute();
  const decisions = await chain.selectFrom("decisions").selectAll().execute();
  await guard.destroy();
  await chain.destroy();
  const kept = new Map(rows.map((row) => [`${row.subject}/${row.epoch}/${row.as_of}/${row.as_of_hash}`, row]));
  const decided = new Map(decisions.map((row) => [`${row.id}/${row.epoch}/${row.as_of}/${row.as_of_hash}`, row]));
  const all = [...answered.values()];
  const where = (wrong: (key: string, index: number) => boolean): string[] =>
    all.map(keyOf).filter((key, index) => wrong(key, index));
  return {
    lost: where((key, index) => kept.get(key)?.facts !== all[index]?.packedFacts),
    signedOtherwise: where((key, index) => {
      // A death between the commit and the next one leaves the row without its signature; it is made anew, the same.
      const signature = kept.get(key)?.signature ?? null;
      return signature !== null && signature !== all[index]?.signature;
    }),
    decidedOtherwise: where((key, index) => decided.get(key)?.facts !== all[index]?.packedFacts),
  };
}
