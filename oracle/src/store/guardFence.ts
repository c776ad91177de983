import type { Kysely } from "kysely";

import { OracleError } from "../errors.ts";
import type { Fence } from "./guardCopy.ts";
import type { GuardRow, GuardTables } from "./schema.ts";

/** The error of a node that must not sign before somebody has set a fence. */
export function needsFence(): OracleError {
  return new OracleError(
    "GUARD_FENCED",
    "the guard is another copy than the one last used here and may have forgotten signatures: nothing is signed until " +
      "`oracle guard fence --to head` has run while the node is stopped",
  );
}

/**
 * Lets what was signed with these facts pass, and nothing else.
 *
 * @param row What is to be signed, its block not above the fence.
 * @throws OracleError GUARD_FENCED.
 */
export async function checkFenced(database: Kysely<GuardTables>, row: GuardRow, { block }: Fence): Promise<void> {
  if (block === Number.POSITIVE_INFINITY) throw needsFence();
  const { subject, epoch, as_of, as_of_hash } = row;
  const known = await database
    .selectFrom("guard")
    .select("facts")
    .where((where) => where.and({ subject, epoch, as_of, as_of_hash }))
    .executeTakeFirst();
  // Other facts than the ones that stand there are the guard's own refusal, which says more.
  if (known !== undefined) return;
  throw new OracleError(
    "GUARD_FENCED",
    `this node was restored and may have signed for ${subject} as of block ${as_of} before, with what facts it no longer ` +
      `knows: ask another node. It signs what is as of a block above ${block}`,
    { subject, asOf: as_of, fence: block },
  );
}
