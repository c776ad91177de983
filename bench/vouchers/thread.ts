import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";

import { answerVouchers } from "@sluice/sdk/paywall";
import { nativeCurve } from "@sluice/sdk/vouchers";

if (parentPort === null) throw new Error("thread.ts runs in a thread of seller.ts");
// The package's types say nothing about its bindings file, which has the same functions.
const native = createRequire(import.meta.url)("secp256k1/bindings") as Parameters<typeof nativeCurve>[0];
answerVouchers(parentPort, nativeCurve(native));
