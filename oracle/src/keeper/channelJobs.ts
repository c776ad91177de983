import { act, over, wait, type Step } from "./steps.ts";

/** A channel's state as the contract answers it. */
export interface ChannelView {
  readonly open: boolean;
  readonly blocked: boolean;
  readonly deposit: bigint;
  readonly claimed: bigint;
  /** Second from which the rest goes back to the payer; 0 while nobody asked to leave. */
  readonly closeAt: number;
  /** What may still go out without an attestation. */
  readonly room: bigint;
  /** What waits for its time; 0 where nothing does. */
  readonly queued: bigint;
  readonly releaseAt: number;
}

/** A voucher the payee has given to the keeper. */
export interface Voucher {
  readonly cumulative: bigint;
  readonly signature: string;
}

function ended(view: ChannelView): Step | undefined {
  return view.open ? undefined : over("the channel is closed");
}

/** Pays a queued amount whose time has come. Anybody may. */
export function nextRelease(view: ChannelView, now: number): Step {
  const closed = ended(view);
  if (closed !== undefined) return closed;
  if (view.blocked || view.queued === 0n) return wait();
  return now < view.releaseAt ? wait(view.releaseAt) : act("release");
}

/** Returns the rest to the payer after the exit window, at once where the channel is blocked. Anybody may. */
export function nextExit(view: ChannelView, now: number): Step {
  const closed = ended(view);
  if (closed !== undefined) return closed;
  if (!view.blocked) {
    if (view.closeAt === 0) return wait();
    if (now < view.closeAt) return wait(view.closeAt);
    // All that is left waits for its time: releasing it comes first.
    if (view.queued !== 0n && view.deposit === view.queued) return wait(view.releaseAt);
  }
  return act("finalizeExit");
}

/**
 * Brings the payee's last voucher once the payer asks to leave: paid at once within the risk cap, queued above it. Until then
 * the payee redeems when he likes, and nobody pays gas for him.
 */
export function nextVoucher(view: ChannelView, now: number, { cumulative, signature }: Voucher): Step {
  const closed = ended(view);
  if (closed !== undefined) return closed;
  if (view.blocked) return over("the gate blocked the channel");
  if (cumulative <= view.claimed) return over("the voucher is paid");
  if (view.closeAt === 0) return wait();
  if (now >= view.closeAt) return over("the exit window is over");
  if (cumulative > view.deposit) return wait();
  if (cumulative - view.claimed <= view.room) return act("redeem", cumulative, signature, "0x");
  return view.queued >= cumulative ? wait(view.closeAt) : act("queue", cumulative, signature);
}
