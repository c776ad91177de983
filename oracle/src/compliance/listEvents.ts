import { z } from "zod";

import type { EventRow } from "../store/schema.ts";

const bodySchema = z.object({
  kind: z.coerce.number().int().min(0).max(2),
  removal: z.boolean(),
  sequence: z.coerce.number().int().min(0),
  entries: z.array(z.string().regex(/^0x[0-9a-f]{64}$/)),
  head: z.string(),
});

/** A batch of the registry as the node followed it. Accounts are 20 bytes, payment ids 32, lower-case. */
export interface ListEvent {
  readonly kind: number;
  readonly removal: boolean;
  readonly sequence: number;
  readonly entries: readonly string[];
  /** The registry's running hash after the batch. */
  readonly head: string;
  readonly block: number;
}

/** Number of the list of payment ids; the others hold accounts. */
const FRAUD = 2;

/** A stored `listBatch` event. */
export function listEventOf(row: EventRow): ListEvent {
  const { entries, ...body } = bodySchema.parse(JSON.parse(row.body));
  const names = entries.map((entry) => (body.kind === FRAUD ? entry : `0x${entry.slice(-40)}`));
  return { ...body, entries: names, block: row.block };
}
