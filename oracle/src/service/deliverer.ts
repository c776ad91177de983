import type { FeedRow } from "../store/serviceSchema.ts";
import { failureText } from "./post.ts";
import { signatureOf, type DueDelivery, type Webhooks } from "./webhooks.ts";

export interface DelivererOptions {
  /** Tries before a delivery is dead. */
  readonly attempts: number;
  /** Pause after the first failure; doubled each time. */
  readonly retryMs: number;
  /** How long one try may take, and a little more: who claims a delivery has it for so long. */
  readonly leaseMs: number;
}

export interface DelivererDeps {
  readonly webhooks: Webhooks;
  readonly eventOf: (seq: number) => Promise<FeedRow | undefined>;
  /** The body of an event. */
  readonly bodyOf: (row: FeedRow) => string;
  /** Sends, and answers the HTTP status. */
  readonly post: (url: string, body: string, headers: Readonly<Record<string, string>>) => Promise<number>;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /** Between 0 and 1, for the jitter. */
  readonly random: () => number;
  readonly onOutcome: (outcome: "delivered" | "failed" | "dead") => void;
  readonly onError: (error: unknown) => void;
}

const AT_ONCE = 8;
const LONGEST_PAUSE_MS = 3_600_000;
const LONGEST_SLEEP_MS = 5_000;
const SECOND_MS = 1_000;

/** Pause before the next try: doubled with each, half of it chance, so that a receiver that comes back is not run over. */
export function pauseMs(attempts: number, retryMs: number, random: number): number {
  const whole = Math.min(LONGEST_PAUSE_MS, retryMs * 2 ** Math.max(0, attempts - 1));
  return Math.round(whole / 2 + (random * whole) / 2);
}

/** Sends what is due to webhooks: at least once, over and over, until it is delivered or dead. */
export class Deliverer {
  readonly #deps: DelivererDeps;
  readonly #options: DelivererOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(deps: DelivererDeps, options: DelivererOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Sends what is due, now, and comes back by itself when more is. */
  kick(): void {
    if (this.#stopped) return;
    this.#again = true;
    clearTimeout(this.#timer);
    this.#running ??= this.#work()
      .catch((error: unknown) => this.#deps.onError(error))
      .finally(() => {
        this.#running = undefined;
        if (this.#again) this.kick();
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #work(): Promise<void> {
    const { webhooks } = this.#deps;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      const due = await webhooks.due(AT_ONCE);
      await Promise.all(due.map((one) => this.#deliver(one)));
      if (due.length === AT_ONCE) this.#again = true;
    }
    await webhooks.sweep();
    this.#sleep(await webhooks.nextDueMs());
  }

  #sleep(dueMs: number | undefined): void {
    if (this.#stopped || dueMs === undefined) return;
    this.#timer = setTimeout(() => this.kick(), Math.min(dueMs, LONGEST_SLEEP_MS));
  }

  async #deliver({ delivery, webhook }: DueDelivery): Promise<void> {
    const { webhooks, eventOf, bodyOf, post, clock } = this.#deps;
    if (!(await webhooks.claim(delivery, this.#options.leaseMs))) return;
    const event = await eventOf(delivery.seq);
    if (event === undefined) {
      await webhooks.settle(delivery, { state: "dead", last_error: "the event is no longer kept" });
      return this.#deps.onOutcome("dead");
    }
    const body = bodyOf(event);
    const headers = {
      "content-type": "application/json",
      "user-agent": "sluice-oracle",
      "sluice-webhook": webhook.id,
      "sluice-signature": signatureOf(webhook.secret, Math.floor(clock() / SECOND_MS), body),
    };
    try {
      const status = await post(webhook.url, body, headers);
      if (status >= 200 && status < 300) await this.#delivered({ delivery, webhook }, status);
      else await this.#failed({ delivery, webhook }, status, `status ${status}`);
    } catch (error) {
      await this.#failed({ delivery, webhook }, null, failureText(error));
    }
  }

  async #delivered({ delivery }: DueDelivery, status: number): Promise<void> {
    await this.#deps.webhooks.settle(delivery, { state: "delivered", last_status: status, last_error: null });
    this.#deps.onOutcome("delivered");
  }

  async #failed({ delivery }: DueDelivery, status: number | null, error: string): Promise<void> {
    const attempts = delivery.attempts + 1;
    const dead = attempts >= this.#options.attempts;
    const due_at = this.#deps.clock() + pauseMs(attempts, this.#options.retryMs, this.#deps.random());
    const state = dead ? "dead" : "pending";
    await this.#deps.webhooks.settle(delivery, { state, due_at, last_status: status, last_error: error });
    this.#deps.onOutcome(dead ? "dead" : "failed");
  }
}
