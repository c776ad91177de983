/** What one transaction reads and writes, as names of slots. A write counts as a read, too. */
export type Access = { readonly reads: ReadonlySet<string>; readonly writes: ReadonlySet<string> };

/** Whether the later of two transactions needs the earlier one's result, or would spoil what it read. */
export function conflicts(earlier: Access, later: Access): boolean {
  for (const key of earlier.writes) {
    if (later.writes.has(key) || later.reads.has(key)) return true;
  }
  for (const key of later.writes) {
    if (earlier.reads.has(key)) return true;
  }
  return false;
}

/** Length, in transactions, of the longest chain in which each one conflicts with the one before it in the given order. */
export function longestChain(accesses: readonly Access[]): number {
  const lengths: number[] = [];
  for (const [index, access] of accesses.entries()) {
    let longest = 0;
    for (let before = 0; before < index; before++) {
      const [other, length = 0] = [accesses[before], lengths[before]];
      if (other !== undefined && length > longest && conflicts(other, access)) longest = length;
    }
    lengths.push(longest + 1);
  }
  return Math.max(0, ...lengths);
}

/** Slots that more than one transaction touches and at least one writes, with how many touch them; the hottest first. */
export function hotSlots(accesses: readonly Access[]): [slot: string, transactions: number][] {
  const touched = new Map<string, number>();
  const written = new Set<string>();
  for (const { reads, writes } of accesses) {
    for (const key of new Set([...reads, ...writes])) touched.set(key, (touched.get(key) ?? 0) + 1);
    for (const key of writes) written.add(key);
  }
  return [...touched]
    .filter(([key, count]) => count > 1 && written.has(key))
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
}

/** The middle value; the lower one of two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[(sorted.length - 1) >>> 1];
  if (middle === undefined) throw new RangeError("no values have no median");
  return middle;
}
