import { capturable } from "../../attest/openness.ts";
import type { Access } from "../access.ts";
import { batchAnswer, rowsAnswer } from "../answers.ts";
import { parseBatchRequest, type BatchRequest, type CaptureBatchRequest } from "../batchRequests.ts";
import type { AppDeps } from "../deps.ts";
import type { Answer } from "../operation.ts";
import { attestBatch } from "../operations.ts";
import type { Routes } from "../serve.ts";

async function captures({ items }: CaptureBatchRequest, deps: AppDeps): Promise<Answer<typeof attestBatch>> {
  const { service, store } = deps.running();
  const made = await service.quorumBatch(items.map((item) => item.id));
  const left: bigint[] = [];
  for (const { payment } of made.examinations) left.push(capturable(payment, await store.eventsOf(payment.id)));
  const asked = items.map((item) => item.amount);
  return batchAnswer(made, left, asked);
}

/** Whose money a batch is about; of a payment that was never seen nobody knows. */
async function payersOf(asked: BatchRequest, { running }: AppDeps): Promise<Set<string>> {
  if (asked.for === "payMany") return new Set([asked.question.header.account.toLowerCase()]);
  if (asked.for === "channels") return new Set(asked.question.rows.map(({ terms }) => terms.payer.toLowerCase()));
  const { store } = running();
  const payers = new Set<string>();
  for (const { id } of asked.items) {
    const payment = await store.payment(id);
    if (payment !== undefined) payers.add(payment.payer.toLowerCase());
  }
  return payers;
}

/** What merchants ask who capture, redeem or pay many at once: one quorum for all. */
export function batchRoutes(routes: Routes, deps: AppDeps, access: Access): void {
  routes.serveRaw(attestBatch, async (body, { response }) => {
    const asked = parseBatchRequest(body, deps.site);
    // A batch is one attestation, so it counts once for each payer, however many of his payments are in it.
    if (access.countsPayers) for (const payer of await payersOf(asked, deps)) access.countPayer(response, payer);
    if (asked.for === "captures") return captures(asked, deps);
    const { service } = deps.running();
    if (asked.for === "payMany") return rowsAnswer(await service.quorumPayList(asked.question));
    return rowsAnswer(await service.quorumChannels(asked.question));
  });
}
