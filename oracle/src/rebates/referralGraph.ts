/** Who was ever referred by whom. Accounts are small whole numbers. */
export class ReferralGraph {
  readonly #referred = new Map<number, Set<number>>();

  add(referrer: number, payer: number): void {
    const referred = this.#referred.get(referrer);
    if (referred === undefined) this.#referred.set(referrer, new Set([payer]));
    else referred.add(payer);
  }

  /**
   * Whether a payer leads back to his referrer: he referred him, or somebody who did, over at most so many referrals, the one
   * that is judged included. 2 finds A refers B refers A.
   */
  isRing(referrer: number, payer: number, hops: number): boolean {
    const seen = new Set([payer]);
    let front = [payer];
    for (let step = 1; step < hops && front.length > 0; step++) {
      const next: number[] = [];
      for (const at of front) {
        for (const to of this.#referred.get(at) ?? []) {
          if (to === referrer) return true;
          if (seen.has(to)) continue;
          seen.add(to);
          next.push(to);
        }
      }
      front = next;
    }
    return false;
  }
}
