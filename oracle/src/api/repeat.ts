import type { Request, Response } from "express";

import { OracleError } from "../errors.ts";
import type { Idempotency, Slot } from "../service/idempotency.ts";
import { errorAnswer } from "./answers.ts";
import { callerOf, nameOf } from "./caller.ts";
import { bodyBytes, translated } from "./http.ts";

const KEY = /^[A-Za-z0-9_.:-]{1,128}$/;

function keyOf(request: Request): string | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key === "string" && KEY.test(key)) return key;
  throw new OracleError("INVALID_REQUEST", "Idempotency-Key: 1 to 128 letters, digits and _ . : -");
}

function requestBytes(request: Request): Uint8Array {
  const head = Buffer.from(`${request.method} ${request.originalUrl}\n`);
  return Buffer.concat([head, bodyBytes(request)]);
}

/** Runs what answers, and keeps the answer; what may end otherwise the next time is not kept. */
async function answered(
  store: Idempotency,
  slot: Slot & { kind: "mine" },
  status: number,
  run: () => Promise<unknown>,
) {
  try {
    const answer = await run();
    await store.finish(slot, status, JSON.stringify(answer));
    return answer;
  } catch (thrown) {
    const error = translated(thrown);
    if (error.retriable) await store.release(slot);
    else await store.finish(slot, error.status, JSON.stringify(errorAnswer(error)));
    throw error;
  }
}

/**
 * Answers a request: once for each idempotency key, where there is one.
 *
 * @throws OracleError of the request, IDEMPOTENCY_CONFLICT or IDEMPOTENCY_RUNNING.
 */
export async function answerOnce(
  store: Idempotency,
  request: Request,
  response: Response,
  status: number,
  run: () => Promise<unknown>,
): Promise<void> {
  const key = request.method === "POST" ? keyOf(request) : undefined;
  if (key === undefined) {
    const answer = await run();
    if (!response.headersSent) response.status(status).json(answer);
    return;
  }
  const slot = await store.begin(nameOf(callerOf(request)), key, requestBytes(request));
  if (slot.kind === "mine") {
    response.status(status).json(await answered(store, slot, status, run));
    return;
  }
  response.setHeader("idempotency-replayed", "true");
  response.status(slot.status).type("application/json").send(slot.answer);
}
