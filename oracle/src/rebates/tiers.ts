import type { Tier } from "./table.ts";

/** What a referrer brought in the window, smallest units. */
export interface Brought {
  gross: bigint;
  bad: bigint;
  readonly payers: Set<string>;
}

/** Volume and quality as tiers ask for them. */
export interface Standing {
  /** Captured less refunded, ruled back and confirmed as fraud. */
  readonly volume: bigint;
  /** Share of the captured amount that was so, rounded up. */
  readonly badBps: number;
  readonly payers: number;
}

export function standingOf({ gross, bad, payers }: Brought): Standing {
  const volume = gross > bad ? gross - bad : 0n;
  // Refunds of what was captured before the window leave nothing good in it.
  const share = gross === 0n ? (bad === 0n ? 0n : 10_000n) : (bad * 10_000n + gross - 1n) / gross;
  return { volume, badBps: Number(share > 10_000n ? 10_000n : share), payers: payers.size };
}

/** The highest tier whose conditions all hold, by its number; -1 where none does. */
export function tierOf(tiers: readonly Tier[], { volume, badBps, payers }: Standing): number {
  return tiers.findLastIndex(
    (tier) => volume >= BigInt(tier.minVolume) && badBps <= tier.maxBadBps && payers >= tier.minPayers,
  );
}
