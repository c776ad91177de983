import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";

import { answerVouchers } from "../../sdk/src/paywall/index.ts";
import { nativeCurve } from "../../sdk/src/vouchers/index.ts";

/** A thread of `threadedVerifier`, which dies at its second question where it is told to. */
if (parentPort === null) throw new Error("verifierThread.ts runs in a thread");
let questions = 0;
parentPort.on("message", () => {
  questions += 1;
  if (workerData === "mortal" && questions === 2) throw new Error("died as told");
});
// The package's types say nothing about its bindings file, which has the same functions.
const native = createRequire(import.meta.url)("secp256k1/bindings") as Parameters<typeof nativeCurve>[0];
answerVouchers(parentPort, nativeCurve(native));
