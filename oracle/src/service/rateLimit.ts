/** What is left of somebody's share. */
export interface Allowance {
  readonly allowed: boolean;
  /** Requests that may come at once. */
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until one more request is allowed; 0 where it is now. */
  readonly retryAfterSeconds: number;
  /** Seconds until all of the limit is there again. */
  readonly resetSeconds: number;
}

/** A burst is twice what a second brings. */
const BURST_SECONDS = 2;
const MOST_BUCKETS = 50_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets by name, in memory: each replica counts for itself. Whoever was away longest is forgotten first, which can
 * only give him a full bucket again.
 */
export class TokenBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #most: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, most = MOST_BUCKETS) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, Math.ceil(perSecond * BURST_SECONDS));
    this.#most = most;
  }

  /** Buckets kept. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes one request out of a bucket.
   *
   * @param nowMs Any clock that does not go back.
   * @param factor What this one's rate and burst are multiplied by.
   */
  take(name: string, nowMs: number, factor = 1): Allowance {
    const perSecond = this.#perSecond * factor;
    const burst = this.#burst * factor;
    const bucket = this.#buckets.get(name) ?? { tokens: burst, at: nowMs };
    const elapsed = Math.max(0, nowMs - bucket.at) / 1_000;
    const tokens = Math.min(burst, bucket.tokens + elapsed * perSecond);
    const allowed = tokens >= 1;
    const left = allowed ? tokens - 1 : tokens;
    this.#buckets.delete(name);
    this.#buckets.set(name, { tokens: left, at: nowMs });
    this.#forget();
    const seconds = (missing: number): number => Math.ceil(Math.max(0, missing) / perSecond);
    return {
      allowed,
      limit: burst,
      remaining: Math.floor(left),
      retryAfterSeconds: allowed ? 0 : seconds(1 - left),
      resetSeconds: seconds(burst - left),
    };
  }

  #forget(): void {
    if (this.#buckets.size <= this.#most) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
