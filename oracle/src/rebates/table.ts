import { readFileSync } from "node:fs";
import { z } from "zod";

import { canonicalHash } from "../canonicalJson.ts";
import { messageOf, OracleError } from "../errors.ts";

const MOST_TIERS = 16;
const MOST_TOKENS = 16;
const FOUR_YEARS = 4 * 366 * 86_400;
/** Commission and rebate of a tier together stay below the whole fee. */
const MOST_SHARED_BPS = 9_999;

const bps = (most: number): z.ZodNumber => z.int().min(0).max(most);
const amount = z.string().regex(/^(0|[1-9][0-9]{0,38})$/, "must be decimal text in the token's smallest unit");

const tierSchema = z.strictObject({
  /** Captured less refunded in the window, smallest units. */
  minVolume: amount,
  /** Highest share of the captured amount that was refunded, ruled back or confirmed as fraud. */
  maxBadBps: bps(10_000),
  /** Different payers in the window. */
  minPayers: z.int().min(0).max(1_000_000_000),
  /** Of the protocol's part of the fee, to the referrer and to whom `rebateTo` names. */
  commissionBps: bps(MOST_SHARED_BPS),
  rebateBps: bps(MOST_SHARED_BPS),
});

const tokenSchema = z.strictObject({
  tiers: z
    .array(tierSchema)
    .min(1)
    .max(MOST_TIERS)
    .refine((tiers) => tiers[0]?.minVolume === "0", "the first tier begins at volume 0")
    .refine(
      (tiers) =>
        tiers.every((tier, index) => index === 0 || BigInt(tier.minVolume) > BigInt(tiers[index - 1]?.minVolume ?? 0)),
      "minVolume rises from tier to tier",
    )
    .refine(
      (tiers) => tiers.every(({ commissionBps, rebateBps }) => commissionBps + rebateBps <= MOST_SHARED_BPS),
      `commissionBps and rebateBps of a tier are together at most ${MOST_SHARED_BPS}`,
    ),
});

const tableSchema = z.strictObject({
  format: z.literal("sluice-tier-table"),
  /** Of the rules in this folder: other rules have another number. */
  version: z.literal(1),
  /** From a capture until it counts: refunds and disputes have so long to come first. */
  holdSeconds: z.int().min(0).max(FOUR_YEARS),
  /** How far back volume, quality and the flow of money are looked at. */
  windowSeconds: z.int().min(1).max(FOUR_YEARS),
  rebateTo: z.enum(["payer", "payee"]),
  /** Whether a payment whose terms name nobody may be attributed by an ERC-8021 suffix of its transaction. */
  attribution: z.enum(["terms", "termsOrSuffix"]),
  graph: z.strictObject({
    /** A referral that leads back to its referrer over so many referrals is a ring. */
    ringHops: z.int().min(1).max(6),
    /** Money that comes back to the payer over so many accounts is circular. 0 looks for none. */
    returnHops: z.int().min(0).max(4),
    /** Which share has to come back. */
    returnShareBps: z.int().min(1).max(10_000),
  }),
  tokens: z
    .record(z.string().regex(/^0x[0-9a-f]{40}$/, "must be a lower-case 0x address"), tokenSchema)
    .refine((tokens) => Object.keys(tokens).length > 0, "names no token")
    .refine((tokens) => Object.keys(tokens).length <= MOST_TOKENS, `names more than ${MOST_TOKENS} tokens`),
});

/** What tiers there are and what they need. It names no account: nobody is put into a tier by hand. */
export type TierTable = z.output<typeof tableSchema>;
export type Tier = TierTable["tokens"][string]["tiers"][number];

/** A table and the hash by which a vote names it. */
export interface NamedTable {
  readonly table: TierTable;
  /** keccak256 of the table's canonical JSON. */
  readonly hash: string;
}

function problemsOf(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
}

/**
 * Checks a tier table.
 *
 * @throws OracleError REBATES_INVALID with every problem in `details.problems`.
 */
export function parseTable(value: unknown, name = "tier table"): NamedTable {
  const parsed = tableSchema.safeParse(value);
  if (parsed.success) return { table: parsed.data, hash: canonicalHash(parsed.data) };
  const problems = problemsOf(parsed.error);
  throw new OracleError("REBATES_INVALID", `${name}: ${problems.join("; ")}`, { problems });
}

/** Reads a table's file. @throws OracleError REBATES_INVALID */
export function readTable(path: string): NamedTable {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new OracleError("REBATES_INVALID", `${path} is no tier table: ${messageOf(error)}`, { path });
  }
  return parseTable(value, path);
}
