import { capturable } from "../../attest/openness.ts";
import { batchAnswer, rowsAnswer } from "../answers.ts";
import { parseBatchRequest, type CaptureBatchRequest } from "../batchRequests.ts";
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

/** What merchants ask who capture, redeem or pay many at once: one quorum for all. */
export function batchRoutes(routes: Routes, deps: AppDeps): void {
  routes.serveRaw(attestBatch, async (body) => {
    const asked = parseBatchRequest(body, deps.site);
    if (asked.for === "captures") return captures(asked, deps);
    const { service } = deps.running();
    if (asked.for === "payMany") return rowsAnswer(await service.quorumPayList(asked.question));
    return rowsAnswer(await service.quorumChannels(asked.question));
  });
}
