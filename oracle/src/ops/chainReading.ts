import { Follower } from "../chain/follower.ts";
import { Tail } from "../chain/tail.ts";
import type { Leadership } from "../store/leadership.ts";

export interface ReadingDeps {
  readonly leadership: Leadership;
  readonly makeFollower: () => Follower;
  readonly makeTail: () => Tail;
  /** Takes up what only the leader does, after it has read the chain's head. */
  readonly lead: () => Promise<void>;
  readonly changed: (leading: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** How long a new leader waits after a failure before it tries again to take up its work. */
const AGAIN_MS = 500;

/** Reads the chain: from the endpoint where this process leads, from the store that the leader writes where it does not. */
export class ChainReading {
  readonly #deps: ReadingDeps;
  #active: Follower | Tail | undefined;
  #started = false;
  #stopped = false;
  #turn: Promise<void> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;

  constructor(deps: ReadingDeps) {
    this.#deps = deps;
  }

  get leading(): boolean {
    return this.#active instanceof Follower;
  }

  get failures(): number {
    return this.#active?.failures ?? 0;
  }

  get blocksBehind(): number | undefined {
    return this.#active?.blocksBehind;
  }

  /** Finds out who leads and reads up to the head. Can be tried again after a failure. */
  async open(): Promise<void> {
    if (this.#active === undefined) {
      await this.#deps.leadership.start({
        changed: () => this.#reconsider(),
        written: () => {
          if (this.#active instanceof Tail) this.#active.written();
        },
        asked: () => {
          if (this.#active instanceof Follower) this.#active.poke().catch(() => undefined);
        },
      });
      this.#active ??= this.#made();
    }
    await this.poke();
    if (this.leading) await this.#deps.lead();
  }

  /** Goes on by itself from here. */
  start(): void {
    this.#started = true;
    this.#active?.start();
    this.#reconsider();
  }

  async poke(): Promise<void> {
    await this.#active?.poke();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#again);
    await this.#turn;
    await this.#active?.stop();
    await this.#deps.leadership.close();
  }

  #made(): Follower | Tail {
    const { leadership, makeFollower, makeTail, changed } = this.#deps;
    changed(leadership.leading);
    return leadership.leading ? makeFollower() : makeTail();
  }

  /** Changes the role where it is not the one that the lock says; one change after the other. */
  #reconsider(): void {
    this.#turn = this.#turn
      .then(() => this.#change())
      .catch((error: unknown) => {
        this.#deps.failed(error);
        if (!this.#stopped) this.#again = setTimeout(() => this.#reconsider(), AGAIN_MS);
      });
  }

  async #change(): Promise<void> {
    const { leadership, lead } = this.#deps;
    if (!this.#started || this.#stopped || leadership.leading === this.leading) return;
    await this.#active?.stop();
    this.#active = this.#made();
    this.#active.start();
    if (!this.leading) return;
    await this.#active.poke();
    await lead();
  }
}
