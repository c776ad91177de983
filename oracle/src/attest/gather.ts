import { getAddress } from "ethers";

import { Differs, differencesOf, verified, type Ballot, type Difference, type SignerSignature } from "./ballot.ts";
import { askHedged } from "./hedge.ts";
import type { PeerHealth } from "./peerHealth.ts";
import { PeerFailure, type AskPeer, type PeerAddress, type PeerAnswer } from "./peers.ts";

export interface Failure {
  readonly signer: string;
  readonly code: string;
  readonly message: string;
}

export interface Gathered {
  readonly signatures: readonly SignerSignature[];
  readonly differed: readonly Difference[];
  readonly failures: readonly Failure[];
}

/** What became of one question to one peer. "late": signed the same when the quorum was there already. */
export interface PeerOutcome {
  readonly signer: string;
  readonly outcome: "signed" | "late" | "differed" | "failed";
  /** Why it failed, else empty. */
  readonly code: string;
  readonly latencyMs: number;
  readonly ballot: Ballot;
  /** What the peer validly signed, undefined where it failed. */
  readonly answer: PeerAnswer | undefined;
  readonly differences: readonly Difference[];
  /** This node's signature of the ballot, where it is a signer. */
  readonly own: SignerSignature | undefined;
}

export interface GatherOptions {
  readonly peers: () => readonly PeerAddress[];
  readonly ask: AskPeer;
  readonly timeoutMs: number;
  readonly health: PeerHealth;
  /** Told once for each peer that was asked, also when its answer comes too late to be needed. */
  readonly onPeer?: (outcome: PeerOutcome) => void;
}

/** What this node itself signs, while it is being signed. */
export interface OwnVoice {
  readonly signer: string;
  readonly signing: Promise<SignerSignature>;
}

/** One gathering while it runs. */
class Gathering {
  readonly #ballot: Ballot;
  readonly #options: GatherOptions;
  readonly #voice: OwnVoice | undefined;
  #own: SignerSignature | undefined;
  readonly #signatures: SignerSignature[] = [];
  readonly #differed: Difference[] = [];
  readonly #failures: Failure[] = [];
  #last: PeerAddress[] = [];
  #pending = 0;
  #timer: NodeJS.Timeout | undefined;
  #done: (gathered: Gathered) => void = () => undefined;

  constructor(ballot: Ballot, voice: OwnVoice | undefined, options: GatherOptions) {
    this.#ballot = ballot;
    this.#options = options;
    this.#voice = voice;
  }

  async run(): Promise<Gathered> {
    const own = this.#voice?.signer;
    const eligible = this.#options
      .peers()
      .map((peer) => ({ url: peer.url, signer: getAddress(peer.signer) }))
      .filter((peer) => this.#ballot.signers.includes(peer.signer) && peer.signer !== own);
    if (eligible.length === 0 || (own !== undefined && this.#ballot.quorum === 1)) {
      await this.#ownSigned();
      return this.#result();
    }
    const { first, last } = this.#options.health.order(eligible);
    this.#last = last;
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      void this.#speak(reject);
      if (last.length > 0) this.#timer = setTimeout(() => this.#askLast(), this.#options.timeoutMs / 4);
      for (const peer of first) void this.#ask(peer);
      this.#look();
    });
  }

  async #ownSigned(): Promise<void> {
    if (this.#voice === undefined || this.#own !== undefined) return;
    const own = await this.#voice.signing;
    if (this.#own !== undefined) return;
    this.#own = own;
    this.#signatures.unshift(own);
  }

  /** Peers are asked while this node's own disk and curve work; without its own word it answers nobody. */
  async #speak(refuse: (error: unknown) => void): Promise<void> {
    this.#pending += 1;
    try {
      await this.#ownSigned();
    } catch (error) {
      clearTimeout(this.#timer);
      return refuse(error);
    }
    this.#pending -= 1;
    this.#look();
  }

  #isReached(): boolean {
    return this.#signatures.length >= this.#ballot.quorum;
  }

  #result(): Gathered {
    return {
      signatures: this.#signatures.slice(0, this.#ballot.quorum),
      differed: [...this.#differed],
      failures: [...this.#failures],
    };
  }

  /** Those that failed often are asked as soon as the others cannot make the quorum, or are slow. */
  #askLast(): void {
    clearTimeout(this.#timer);
    for (const peer of this.#last.splice(0)) void this.#ask(peer);
  }

  #look(): void {
    if (!this.#isReached() && this.#signatures.length + this.#pending < this.#ballot.quorum) this.#askLast();
    if (!this.#isReached() && this.#pending > 0) return;
    clearTimeout(this.#timer);
    this.#done(this.#result());
  }

  async #ask(peer: PeerAddress): Promise<void> {
    this.#pending += 1;
    const { ask, timeoutMs, health } = this.#options;
    const begun = performance.now();
    let answer: PeerAnswer | undefined;
    try {
      const hedgeMs = health.hedgeAfterMs(peer.signer, timeoutMs);
      answer = await askHedged(ask, peer, this.#ballot, timeoutMs, hedgeMs);
      // Its own word comes first. Where it cannot be given, that is no fault of the peer's.
      await this.#ownSigned().catch(() => undefined);
      const signature = verified(this.#ballot, peer.signer, answer);
      const late = this.#isReached();
      this.#signatures.push(signature);
      this.#tell(peer, late ? "late" : "signed", begun, answer);
    } catch (error) {
      this.#note(peer, error, begun);
    }
    this.#pending -= 1;
    this.#look();
  }

  #note(peer: PeerAddress, error: unknown, begun: number): void {
    const { signer } = peer;
    if (error instanceof Differs) {
      const differences = differencesOf(this.#ballot, signer, error.answer);
      this.#differed.push(...differences);
      return this.#tell(peer, "differed", begun, error.answer, "", differences);
    }
    const failure = error instanceof PeerFailure ? error : new PeerFailure("GARBAGE", String(error));
    this.#failures.push({ signer, code: failure.code, message: failure.message });
    this.#tell(peer, "failed", begun, undefined, failure.code);
  }

  #tell(
    { signer }: PeerAddress,
    outcome: PeerOutcome["outcome"],
    begun: number,
    answer: PeerAnswer | undefined,
    code = "",
    differences: readonly Difference[] = [],
  ): void {
    const latencyMs = performance.now() - begun;
    const { health, onPeer } = this.#options;
    if (outcome === "failed") health.failed(signer, code);
    else health.answered(signer, latencyMs);
    onPeer?.({ signer, outcome, code, latencyMs, ballot: this.#ballot, answer, differences, own: this.#own });
  }
}

/**
 * Asks all peers at once, those that fail often last, and is content with the first that make a quorum.
 *
 * @param own This node's signature in the making, undefined where it is no signer of the epoch that counts.
 * @throws What refuses this node's own signature.
 * @returns As many signatures as the quorum asks for, or fewer once every peer has answered or failed.
 */
export async function gather(ballot: Ballot, own: OwnVoice | undefined, options: GatherOptions): Promise<Gathered> {
  return new Gathering(ballot, own, options).run();
}
