import type { Audit } from "../../service/audit.ts";
import type { EventService } from "../../service/events.ts";
import { checkUrl } from "../../service/targets.ts";
import type { DeliveryRow, WebhookRow } from "../../store/serviceSchema.ts";
import { callerOf, nameOf } from "../caller.ts";
import { page, placeOf } from "../cursor.ts";
import { createWebhook, deleteWebhook, listDeliveries, listWebhooks, redeliver } from "../eventOperations.ts";
import type { Answer } from "../operation.ts";
import type { Routes } from "../serve.ts";

function shown({ id, url, kinds, created_at: createdAt }: WebhookRow): Answer<typeof listWebhooks>["items"][number] {
  return { id, url, kinds: kinds === "" ? [] : kinds.split(" "), createdAt };
}

function deliveryShown(row: DeliveryRow): Answer<typeof listDeliveries>["items"][number] {
  const { seq, attempts, due_at: dueAt, last_status: lastStatus, last_error: lastError } = row;
  // Only these three are ever written.
  const state = row.state as "pending" | "delivered" | "dead";
  return { seq, state, attempts, dueAt, lastStatus, lastError };
}

/** Who is told by HTTP, and what became of it. */
export function webhookRoutes(routes: Routes, events: EventService, audit: Audit): void {
  const { webhooks } = events;
  routes.serve(createWebhook, async ({ body: { url, kinds } }, { request }) => {
    const row = await webhooks.create(checkUrl(url, events.allowPrivate).href, kinds);
    const { origin } = new URL(row.url);
    const actor = nameOf(callerOf(request));
    await audit.append({ actor, action: "createWebhook", subject: row.id, body: { origin, kinds } });
    return { ...shown(row), secret: row.secret };
  });
  routes.serve(listWebhooks, async () => ({ items: (await webhooks.list()).map(shown) }));
  routes.serve(deleteWebhook, async ({ params: { id } }, { request }) => {
    await webhooks.remove(id);
    await audit.append({ actor: nameOf(callerOf(request)), action: "deleteWebhook", subject: id, body: {} });
    return { id, deleted: true as const };
  });
  routes.serve(listDeliveries, async ({ params: { id }, query: { after, limit, state } }) => {
    await webhooks.get(id);
    const below = after === undefined ? undefined : Number(placeOf("deliveries", ["number"], after)[0]);
    const rows = await webhooks.deliveries(id, state, below, limit + 1);
    return page(rows, limit, "deliveries", ({ seq }) => [seq], deliveryShown);
  });
  routes.serve(redeliver, async ({ params: { id }, body: { seq } }, { request }) => {
    await webhooks.get(id);
    const queued = await webhooks.redeliver(id, seq);
    events.deliver();
    await audit.append({ actor: nameOf(callerOf(request)), action: "redeliver", subject: id, body: { queued } });
    return { queued };
  });
}
