import { PeerFailure, type AskPeer, type PeerAddress, type PeerAnswer, type PeerQuestion } from "./peers.ts";

/**
 * Asks a peer, and once more where it is slow or its connection breaks; the first answer counts.
 *
 * @param hedgeMs How long the first request may take before the second one is sent.
 * @throws PeerFailure of the last request, where both fail or the peer itself refuses.
 */
export async function askHedged(
  ask: AskPeer,
  peer: PeerAddress,
  question: PeerQuestion,
  timeoutMs: number,
  hedgeMs: number,
): Promise<PeerAnswer> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    let sent = 0;
    let open = 0;
    const fail = (error: unknown): void => {
      open -= 1;
      const left = timeoutMs - (performance.now() - begun);
      const broken = error instanceof PeerFailure && error.code === "UNREACHABLE";
      if (broken && sent < 2 && left > 1) return send();
      if (open > 0) return;
      clearTimeout(timer);
      reject(error instanceof Error ? error : new PeerFailure("GARBAGE", String(error)));
    };
    const send = (): void => {
      sent += 1;
      open += 1;
      if (sent === 2) clearTimeout(timer);
      const left = Math.max(1, Math.floor(timeoutMs - (performance.now() - begun)));
      ask(peer, question, left).then((answer) => {
        clearTimeout(timer);
        resolve(answer);
      }, fail);
    };
    const timer = setTimeout(() => {
      if (sent === 1) send();
    }, hedgeMs);
    send();
  });
}
