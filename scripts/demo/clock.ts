import { setTimeout as wait } from "node:timers/promises";

import type { Stack } from "../stack/stack.ts";

const pausePollMs = 10;
const longestWaitPolls = 3_000;

/**
 * The chain's clock in the demo's hands: blocks are mined only here, at the second that is asked for, so that payments
 * stand on the chain at the times they really had.
 */
export class DemoClock {
  readonly #stack: Stack;
  #now: number;

  private constructor(stack: Stack, now: number) {
    this.#stack = stack;
    this.#now = now;
  }

  /** Takes the clock over; from here on nothing is mined by itself. */
  static async take(stack: Stack): Promise<DemoClock> {
    await rpc(stack, "evm_setAutomine", [false]);
    const latest = await stack.connection.ethers.provider.getBlock("latest");
    return new DemoClock(stack, latest?.timestamp ?? 0);
  }

  /** Seconds of the latest block. */
  get now(): number {
    return this.#now;
  }

  /** Mines one block at `time`, or at the latest block's time where that is later. */
  async mine(time: number = this.#now): Promise<void> {
    this.#now = Math.max(this.#now, time);
    await rpc(this.#stack, "evm_setNextBlockTimestamp", [this.#now]);
    await rpc(this.#stack, "evm_mine", []);
  }

  /**
   * Waits until `done` answers something, mining what others have sent meanwhile.
   * @throws after thirty seconds, with what was waited for
   */
  async until<T>(what: string, done: () => Promise<T | undefined>): Promise<T> {
    for (let poll = 0; poll < longestWaitPolls; poll += 1) {
      const answer = await done();
      if (answer !== undefined) return answer;
      if (await this.#isAnythingPending()) await this.mine();
      else await wait(pausePollMs);
    }
    throw new Error(`waited ${(longestWaitPolls * pausePollMs) / 1000} s in vain for ${what}`);
  }

  async #isAnythingPending(): Promise<boolean> {
    const count = await rpc(this.#stack, "eth_getBlockTransactionCountByNumber", ["pending"]);
    return BigInt(String(count)) > 0n;
  }
}

async function rpc(stack: Stack, method: string, parameters: unknown[]): Promise<unknown> {
  return stack.connection.provider.request({ method, params: parameters });
}
