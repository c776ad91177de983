import { z } from "zod";

import { component, whole } from "../fields.ts";

const kindName = z.string().regex(/^[A-Za-z]{1,40}$/, "must be the name of a kind of event");

export const feedEventSchema = component(
  "Event",
  z.object({
    seq: whole.describe("Rises by one with every event of this node; the id of the stream's message."),
    kind: z
      .string()
      .describe(
        "authorized, captured, posted, decided and so on as events of the chain; rolledBack after a reorganisation.",
      ),
    subject: z.string().describe("Payment id, or what else the event is about."),
    block: whole,
    blockHash: z.string(),
    logIndex: z.number().int(),
    transactionHash: z.string(),
    at: whole.describe("Milliseconds since the Unix epoch, by the node's clock."),
    data: z
      .unknown()
      .describe("The event's own arguments; of rolledBack `toBlock`: what was told of later blocks is void."),
  }),
);

export const eventQuery = z.strictObject({
  after: whole
    .optional()
    .describe("Number of the last event seen; the Last-Event-ID header counts more. Absent: from now on."),
  kinds: z
    .string()
    .max(400)
    .regex(/^[A-Za-z]+(,[A-Za-z]+)*$/, "must be kinds separated by commas")
    .optional()
    .describe("Kinds wanted; all where absent. rolledBack always comes."),
});

const webhookFields = {
  id: z.string(),
  url: z.string(),
  kinds: z.array(z.string()).describe("Kinds wanted; all where empty."),
  createdAt: whole.describe("Milliseconds since the Unix epoch."),
};

export const webhook = component("Webhook", z.object(webhookFields));
export const newWebhook = component(
  "NewWebhook",
  z.object({ ...webhookFields, secret: z.string().describe("Signs every delivery; shown this once.") }),
);
export const webhookList = component("WebhookList", z.object({ items: z.array(webhook) }));
export const webhookBody = component(
  "WebhookRequest",
  z.strictObject({ url: z.string().max(2_000), kinds: z.array(kindName).max(30).default([]) }),
);
export const webhookParams = z.strictObject({ id: z.string().max(60).describe("Webhook id.") });
export const webhookGone = component("WebhookGone", z.object({ id: z.string(), deleted: z.literal(true) }));

export const deliveryState = z.enum(["pending", "delivered", "dead"]);
export const deliveryPage = component(
  "DeliveryPage",
  z.object({
    items: z.array(
      z.object({
        seq: whole,
        state: deliveryState,
        attempts: whole,
        dueAt: whole.describe("Milliseconds since the Unix epoch."),
        lastStatus: whole.nullable(),
        lastError: z.string().nullable(),
      }),
    ),
    next: z.string().nullable(),
  }),
);
export const redeliveryBody = component(
  "RedeliveryRequest",
  z.strictObject({ seq: whole.optional().describe("One event; every dead delivery where absent.") }),
);
export const redelivery = component("Redelivery", z.object({ queued: whole }));
