/** Failures in a row until an endpoint is left alone for a while. */
const FAILURES = 3;
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

/** Answers in a row until earlier failures are forgotten: who fails every other time rests longer and longer. */
const STEADY = 16;

/**
 * Whether an endpoint is worth asking, by its answers so far. After some failures in a row it rests; then one question tells
 * whether it is back (half open), and each further failure doubles the rest.
 */
export class EndpointHealth {
  #failures = 0;
  #answers = 0;
  #restUntil = 0;
  #restMs = FIRST_REST_MS;
  #head: number | undefined;

  /** Newest block it has named, undefined before the first or after a failure. */
  get head(): number | undefined {
    return this.#head;
  }

  get resting(): boolean {
    return this.#restUntil > 0;
  }

  /** Until it names one again, those that have are asked first. */
  forgetHead(): void {
    this.#head = undefined;
  }

  /** @param now Milliseconds of a clock that never goes back. */
  mayBeAsked(now: number): boolean {
    return now >= this.#restUntil;
  }

  answered(): void {
    this.#failures = 0;
    this.#restUntil = 0;
    this.#answers += 1;
    if (this.#answers >= STEADY) this.#restMs = FIRST_REST_MS;
  }

  named(head: number): void {
    this.#head = head;
  }

  /** @param atOnce Rests without waiting for more failures, as where the endpoint said itself that it wants a rest. */
  failed(now: number, atOnce: boolean): void {
    this.#failures += 1;
    this.#answers = 0;
    this.#head = undefined;
    if (!atOnce && !this.resting && this.#failures < FAILURES) return;
    this.#restUntil = now + this.#restMs;
    this.#restMs = Math.min(LONGEST_REST_MS, 2 * this.#restMs);
  }
}
