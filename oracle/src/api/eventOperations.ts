import { pageQuery } from "./fields.ts";
import { operation } from "./operation.ts";
import {
  deliveryPage,
  deliveryState,
  eventQuery,
  feedEventSchema,
  newWebhook,
  redelivery,
  redeliveryBody,
  webhookBody,
  webhookGone,
  webhookList,
  webhookParams,
} from "./schemas/events.ts";

export const streamEventsOperation = operation({
  id: "events",
  method: "get",
  path: "/v1/events",
  scope: "read",
  summary: "What happens on chain as server-sent events, from any event on.",
  query: eventQuery,
  answer: feedEventSchema,
  stream: "text/event-stream",
});

export const createWebhook = operation({
  id: "createWebhook",
  method: "post",
  path: "/v1/webhooks",
  scope: "admin",
  summary: "Has events sent to a URL, signed. The secret is shown once.",
  body: webhookBody,
  answer: newWebhook,
  status: 201,
});

export const listWebhooks = operation({
  id: "listWebhooks",
  method: "get",
  path: "/v1/webhooks",
  scope: "admin",
  summary: "Every webhook, without its secret.",
  answer: webhookList,
});

export const deleteWebhook = operation({
  id: "deleteWebhook",
  method: "delete",
  path: "/v1/webhooks/:id",
  scope: "admin",
  summary: "Sends nothing more to a webhook.",
  params: webhookParams,
  answer: webhookGone,
});

export const listDeliveries = operation({
  id: "listDeliveries",
  method: "get",
  path: "/v1/webhooks/:id/deliveries",
  scope: "admin",
  summary: "What was sent to a webhook, what waits, and what is dead; newest event first.",
  params: webhookParams,
  query: pageQuery.extend({ state: deliveryState.optional() }),
  answer: deliveryPage,
});

export const redeliver = operation({
  id: "redeliver",
  method: "post",
  path: "/v1/webhooks/:id/redeliveries",
  scope: "admin",
  summary: "Sends dead deliveries again, or those of one event.",
  params: webhookParams,
  body: redeliveryBody,
  answer: redelivery,
});

export const EVENT_OPERATIONS = [
  streamEventsOperation,
  createWebhook,
  listWebhooks,
  deleteWebhook,
  listDeliveries,
  redeliver,
] as const;
