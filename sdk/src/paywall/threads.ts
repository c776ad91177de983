import type { ChannelSite } from "../channels.ts";
import type { VoucherCurve } from "../vouchers/curve.ts";
import { voucherVerifier, type VoucherToVerify } from "../vouchers/verify.ts";
import { soon } from "./groupCommit.ts";

/** What checks vouchers that keys signed: `voucherVerifier(…)`, or `threadedVerifier(…)`. */
export type KeyVerifier = { verify(voucher: VoucherToVerify): boolean | Promise<boolean> };

/** What is used of a `Worker` of `node:worker_threads`. */
export type VoucherThread = {
  postMessage(message: Batch): void;
  on(event: "message", listener: (answer: Answer) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "exit", listener: (code: number) => void): unknown;
};

/** What is used of the `parentPort` of `node:worker_threads`. */
export type ParentPort = {
  postMessage(message: Answer): void;
  on(event: "message", listener: (message: Batch) => void): unknown;
};

type Batch = { site: ChannelSite; vouchers: string };
/** One byte a voucher, in their order: 1 where its signer signed it. */
type Answer = Uint8Array;
type Waiting = { voucher: VoucherToVerify; resolve: (valid: boolean) => void };
type Running = { thread: VoucherThread; batches: (readonly Waiting[])[] };

const keySignature = /^0x(?:[0-9a-f]{128}|[0-9a-f]{130})$/i;
/** Stands in none of a voucher's parts. */
const [between, after] = [",", ";"];

/**
 * Verifies vouchers in threads, so that the one that answers requests does not: worth it where a core is free. What arrives together
 * goes to one thread together. A thread that ends is not used again; what it was asked, and everything once none is left, is verified here.
 * @param threads Each runs `answerVouchers`
 * @param curve For what is verified here; `ethersCurve` when absent
 * @example
 * // voucherThread.ts: answerVouchers(parentPort, nativeCurve(createRequire(import.meta.url)("secp256k1/bindings")));
 * const threads = [new Worker(new URL("voucherThread.ts", import.meta.url))];
 * app.use("/weather", paywall({ ...money, verifier: threadedVerifier(site, threads, curve) }));
 */
export function threadedVerifier(
  site: ChannelSite,
  threads: readonly VoucherThread[],
  curve?: VoucherCurve,
): KeyVerifier {
  const own = voucherVerifier(site, curve);
  const running = new Set<Running>();
  let waiting: Waiting[] = [];

  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    const [first, ...others] = running;
    if (first === undefined) return settle(batch, ({ voucher }) => own.verify(voucher));
    const idlest = others.reduce((best, one) => (one.batches.length < best.batches.length ? one : best), first);
    idlest.batches.push(batch);
    idlest.thread.postMessage({ site, vouchers: batch.map(({ voucher }) => textOf(voucher)).join(after) });
  };
  for (const thread of threads) running.add(listening(thread, running, ({ voucher }) => own.verify(voucher)));
  return {
    verify: (voucher) => {
      if (!keySignature.test(voucher.signature)) return false;
      if (running.size === 0) return own.verify(voucher);
      return new Promise((resolve) => {
        waiting.push({ voucher, resolve });
        if (waiting.length === 1) soon(flush);
      });
    },
  };
}

/**
 * What a thread of `threadedVerifier` does, for as long as it runs.
 * @param port `parentPort` of `node:worker_threads`
 */
export function answerVouchers(port: ParentPort, curve?: VoucherCurve): void {
  let known: { name: string; verifier: ReturnType<typeof voucherVerifier> } | undefined;
  port.on("message", ({ site, vouchers }) => {
    const name = `${site.chainId}:${site.channels}`;
    if (known?.name !== name) known = { name, verifier: voucherVerifier(site, curve) };
    const { verifier } = known;
    const parts = vouchers.split(after);
    const answer = new Uint8Array(parts.length);
    for (const [index, part] of parts.entries()) answer[index] = verifier.verify(voucherIn(part)) ? 1 : 0;
    port.postMessage(answer);
  });
}

function listening(thread: VoucherThread, running: Set<Running>, verify: (one: Waiting) => boolean): Running {
  const entry: Running = { thread, batches: [] };
  const end = (): void => {
    if (running.delete(entry)) for (const batch of entry.batches.splice(0)) settle(batch, verify);
  };
  thread.on("message", (answer) => {
    const batch = entry.batches.shift() ?? [];
    settle(batch, (_, index) => answer[index] === 1);
  });
  thread.on("error", end);
  thread.on("exit", end);
  return entry;
}

function settle(batch: readonly Waiting[], verify: (one: Waiting, index: number) => boolean): void {
  for (const [index, one] of batch.entries()) one.resolve(verify(one, index));
}

function textOf({ channel, cumulative, signature, signer }: VoucherToVerify): string {
  return [channel, cumulative.toString(), signature, signer].join(between);
}

function voucherIn(text: string): VoucherToVerify {
  const [channel = "", cumulative = "0", signature = "", signer = ""] = text.split(between);
  return { channel, cumulative: BigInt(cumulative), signature, signer };
}
