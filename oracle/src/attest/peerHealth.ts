import type { PeerAddress } from "./peers.ts";

/** What a peer's last answers say of it. */
interface Record {
  /** Newest last, in milliseconds. */
  readonly latencies: number[];
  /** Failures since the last answer. */
  failures: number;
  /** When it may be tried first again; undefined while it is trusted. */
  openUntil: number | undefined;
  coolMs: number;
}

export type Circuit = "closed" | "open" | "half-open";

/** Failures in a row after which a peer is asked last. */
const MOST_FAILURES = 5;
const LATENCIES = 64;
const FIRST_COOL_MS = 2_000;
const LONGEST_COOL_MS = 60_000;
const FASTEST_HEDGE_MS = 25;

/** Failures that are a peer's own: an honest "not yet" is none. */
const ITS_FAULT: ReadonlySet<string> = new Set([
  "UNREACHABLE",
  "TIMEOUT",
  "GARBAGE",
  "TOO_LARGE",
  "UNSIGNED",
  "WRONG_SIGNER",
  "OTHER_SUBJECT",
]);

/**
 * Remembers how peers have answered, so that one that fails often is asked last, and a slow one twice. Nobody is ever left out:
 * the order is all that changes.
 */
export class PeerHealth {
  readonly #clock: () => number;
  readonly #records = new Map<string, Record>();

  /** @param clock Milliseconds of a clock that only rises. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  answered(signer: string, latencyMs: number): void {
    const record = this.#of(signer);
    record.latencies.push(latencyMs);
    if (record.latencies.length > LATENCIES) record.latencies.shift();
    record.failures = 0;
    record.openUntil = undefined;
    record.coolMs = FIRST_COOL_MS;
  }

  /** @param code Why it failed; what is not the peer's fault is not counted. */
  failed(signer: string, code: string): void {
    if (!ITS_FAULT.has(code)) return;
    const record = this.#of(signer);
    const probed = this.circuit(signer) === "half-open";
    record.failures += 1;
    if (!probed && record.failures < MOST_FAILURES) return;
    if (record.openUntil !== undefined && !probed) return;
    if (probed) record.coolMs = Math.min(LONGEST_COOL_MS, 2 * record.coolMs);
    record.openUntil = this.#clock() + record.coolMs;
  }

  /** Open: failed often, asked last. Half-open: its pause is over, the next request is its trial. */
  circuit(signer: string): Circuit {
    const { openUntil } = this.#of(signer);
    if (openUntil === undefined) return "closed";
    return this.#clock() < openUntil ? "open" : "half-open";
  }

  /** Whom to ask at once, and whom only where they do not suffice. */
  order(peers: readonly PeerAddress[]): { first: PeerAddress[]; last: PeerAddress[] } {
    const isOpen = (peer: PeerAddress): boolean => this.circuit(peer.signer) === "open";
    return { first: peers.filter((peer) => !isOpen(peer)), last: peers.filter(isOpen) };
  }

  /** After how long a peer that has not answered is asked once more: twice what it needs nine times in ten. */
  hedgeAfterMs(signer: string, timeoutMs: number): number {
    const { latencies } = this.#of(signer);
    if (latencies.length < 8) return timeoutMs / 4;
    const sorted = [...latencies].sort((a, b) => a - b);
    const slow = sorted[Math.floor(0.9 * sorted.length)] ?? 0;
    return Math.min(timeoutMs / 2, Math.max(FASTEST_HEDGE_MS, 2 * slow));
  }

  #of(signer: string): Record {
    const known = this.#records.get(signer);
    if (known !== undefined) return known;
    const made: Record = { latencies: [], failures: 0, openUntil: undefined, coolMs: FIRST_COOL_MS };
    this.#records.set(signer, made);
    return made;
  }
}
