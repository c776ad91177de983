import { z } from "zod";

import type { EventRow } from "../store/schema.ts";

/** Kinds of stored events of the rebate pool that its book is made from. */
export const POOL_KINDS = [
  "rebatePool.funded",
  "rebatePool.withdrawn",
  "rebatePool.rootPosted",
  "rebatePool.rootActivated",
  "rebatePool.rootChallenged",
  "rebatePool.challengeEnded",
] as const;

const whole = z.coerce.number().int().min(0);
const tokenSchema = z.object({ token: z.string() });
const amountSchema = z.object({ amount: z.string() });
const challengeEndSchema = z.object({ upheld: z.boolean() });
const postedSchema = z.object({
  period: whole,
  root: z.string(),
  total: z.coerce.bigint(),
  asOf: whole,
  asOfHash: z.string(),
  tierTable: z.string(),
  activeAt: whole,
});

/** A root as it was posted. */
export type PostedRoot = Readonly<z.output<typeof postedSchema>>;

/** What came into the pool, or left it unpromised, in a block. */
interface Funding {
  readonly block: number;
  readonly change: bigint;
}

/** One token's account in the pool, as its events tell it. */
export interface PoolBook {
  /** Roots in force, one a period from 1, without gap. */
  readonly inForce: readonly PostedRoot[];
  /** The root that waits, or its challenge. */
  readonly waiting: (PostedRoot & { readonly challenged: boolean }) | undefined;
  readonly funding: readonly Funding[];
}

/** What ever came in less what was withdrawn, up to a block, included. */
export function fundedAt({ funding }: PoolBook, block: number): bigint {
  return funding.reduce((sum, one) => (one.block <= block ? sum + one.change : sum), 0n);
}

/**
 * The pool's book of a token.
 *
 * @param rows Stored events of POOL_KINDS in the order of the chain.
 * @param now Timestamp of the newest block that was read: a root whose time has come is in force though nobody has touched it.
 */
export function poolBook(rows: readonly EventRow[], token: string, now: number): PoolBook {
  const inForce: PostedRoot[] = [];
  const funding: Funding[] = [];
  let waiting: PoolBook["waiting"];
  for (const { kind, body: text, block } of rows) {
    const body: unknown = JSON.parse(text);
    if (tokenSchema.parse(body).token !== token) continue;
    switch (kind) {
      case "rebatePool.funded":
        funding.push({ block, change: BigInt(amountSchema.parse(body).amount) });
        break;
      case "rebatePool.withdrawn":
        funding.push({ block, change: -BigInt(amountSchema.parse(body).amount) });
        break;
      case "rebatePool.rootPosted":
        waiting = { ...postedSchema.parse(body), challenged: false };
        break;
      case "rebatePool.rootChallenged":
        if (waiting !== undefined) waiting = { ...waiting, challenged: true };
        break;
      case "rebatePool.challengeEnded":
        // What was upheld fell; what was not comes into force with an event of its own.
        if (challengeEndSchema.parse(body).upheld) waiting = undefined;
        break;
      case "rebatePool.rootActivated":
        if (waiting !== undefined) inForce.push(plain(waiting));
        waiting = undefined;
        break;
    }
  }
  if (waiting !== undefined && !waiting.challenged && now >= waiting.activeAt) {
    inForce.push(plain(waiting));
    waiting = undefined;
  }
  return { inForce, waiting, funding };
}

function plain({ challenged: _, ...root }: PostedRoot & { readonly challenged: boolean }): PostedRoot {
  return root;
}
