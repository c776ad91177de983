interface Seen {
  readonly time: number;
  readonly nonce: string;
}

/**
 * Nonces that were used within the time in which a request counts, one memory for each signer. It is bounded: where a signer
 * asks more often than the memory holds, the oldest go and nothing as old as they is accepted any more.
 */
export class NonceMemory {
  readonly #windowMs: number;
  readonly #most: number;
  readonly #bySigner = new Map<string, { readonly used: Set<string>; readonly order: Seen[]; floor: number }>();

  /**
   * @param windowMs How old a request may be.
   * @param most Nonces kept for each signer.
   */
  constructor(windowMs: number, most: number) {
    this.#windowMs = windowMs;
    this.#most = most;
  }

  /**
   * Takes a nonce.
   *
   * @param time The request's own, in milliseconds; not older than the window, as the caller has checked.
   * @param now This node's clock.
   * @returns False where it was taken before, or may have been.
   */
  take(signer: string, nonce: string, time: number, now: number): boolean {
    const memory = this.#bySigner.get(signer) ?? { used: new Set<string>(), order: [], floor: 0 };
    this.#bySigner.set(signer, memory);
    if (time <= memory.floor || memory.used.has(nonce)) return false;
    memory.used.add(nonce);
    memory.order.push({ time, nonce });
    // Clocks differ, so the order is that of arrival: what came earliest is old first, give or take the window.
    for (let first = memory.order[0]; first !== undefined; first = memory.order[0]) {
      const expired = first.time < now - 2 * this.#windowMs;
      if (!expired && memory.order.length <= this.#most) break;
      if (!expired) memory.floor = Math.max(memory.floor, first.time);
      memory.used.delete(first.nonce);
      memory.order.shift();
    }
    return true;
  }

  /** Nonces held, of all signers. */
  get size(): number {
    return [...this.#bySigner.values()].reduce((sum, { used }) => sum + used.size, 0);
  }
}
