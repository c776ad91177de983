import { DUST_FLOOR_MICRO } from "../facts/history.ts";
import type { Random } from "../train/random.ts";
import type { Deed, Query } from "./stream.ts";

/** What a stranger may spend to spoil a payee's name. */
export interface FramingLimits {
  /** Total, as a multiple of the median of what the payee was paid before. */
  readonly budget: number;
  /** His payments lie within so many seconds before the payee's next genuine one. */
  readonly windowSeconds: number;
  readonly mostPayments: number;
  /** How many genuine payments after his campaign are judged. */
  readonly judged: number;
  readonly queries: number;
}

/** Ten median payments within seven days, the next three genuine payments judged. */
export const FRAMING: FramingLimits = {
  budget: 10,
  windowSeconds: 7 * 86_400,
  mostPayments: 60,
  judged: 3,
  queries: 30,
};

/** A stranger's campaign: amounts equal or in a ratio, at even distances, by fresh payers. */
interface Campaign {
  readonly count: number;
  readonly payers: number;
  /** Part of the budget that is spent, 0 to 1. */
  readonly spent: number;
  /** Each amount as a part of the one before. */
  readonly ratio: number;
  readonly round: boolean;
  /** Seconds from the last payment to the genuine one. */
  readonly lead: number;
  /** Seconds between payments. */
  readonly distance: number;
}

const KEYS = ["count", "payers", "spent", "ratio", "round", "lead", "distance"] as const;

function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random();
}

function draw(limits: FramingLimits, random: Random): Campaign {
  const count = Math.floor(logUniform(random, 1, limits.mostPayments + 1));
  const lead = Math.floor(logUniform(random, 1, limits.windowSeconds));
  return {
    count,
    payers: random() < 0.7 ? count : 1 + Math.floor(random() * count),
    spent: random() < 0.5 ? 1 : random(),
    ratio: random() < 0.5 ? 1 : 0.5 + random(),
    round: random() < 0.3,
    lead,
    distance: Math.floor(logUniform(random, 1, Math.max(2, (limits.windowSeconds - lead) / count))),
  };
}

function near(campaign: Campaign, limits: FramingLimits, random: Random): Campaign {
  const key = KEYS[Math.floor(random() * KEYS.length)] ?? "count";
  return { ...campaign, [key]: draw(limits, random)[key] };
}

/** Two digits, rounded down. */
function rounded(micro: number): number {
  const unit = 10 ** Math.max(0, String(micro).length - 2);
  return Math.floor(micro / unit) * unit;
}

/** The campaign's payments; those below the dust floor leave no trace and cost nothing, so they are left out. */
function payments(campaign: Campaign, budget: number, before: number, limits: FramingLimits): Deed[] {
  const shares = Array.from({ length: campaign.count }, (_, index) => campaign.ratio ** index);
  const whole = shares.reduce((sum, share) => sum + share, 0);
  return shares
    .map((share, index) => {
      const micro = Math.floor((share / whole) * campaign.spent * budget);
      const back = campaign.lead + campaign.distance * (campaign.count - 1 - index);
      return {
        payer: `stranger ${index % campaign.payers}`,
        micro: campaign.round ? rounded(micro) : micro,
        time: Math.max(0, before - Math.min(back, limits.windowSeconds)),
      };
    })
    .filter((deed) => deed.micro >= DUST_FLOOR_MICRO);
}

/** The lower median of what was paid. */
export function medianOf(deeds: readonly Deed[]): number {
  const ascending = deeds.map((deed) => deed.micro).sort((a, b) => a - b);
  return ascending[(ascending.length - 1) >>> 1] ?? 0;
}

/** A stranger's payments of one campaign at random, before a payment of the stream. */
export function randomFrame(stream: readonly Deed[], index: number, limits: FramingLimits, random: Random): Deed[] {
  const before = stream.slice(0, index);
  return payments(draw(limits, random), limits.budget * medianOf(before), stream[index]?.time ?? 0, limits);
}

/**
 * Searches the campaign that makes one of the payee's next genuine payments look worst.
 *
 * @param index The first genuine payment after the campaign, at least 1: the budget is measured by those before it.
 * @returns The highest accumulator found.
 */
export function frame(
  stream: readonly Deed[],
  index: number,
  query: Query,
  limits: FramingLimits,
  random: Random,
): number {
  const next = stream[index];
  if (next === undefined) throw new RangeError(`the stream has no payment ${index}`);
  const budget = limits.budget * medianOf(stream.slice(0, index));
  const genuine = stream.slice(index, index + limits.judged);
  let best: Campaign | undefined;
  let highest = -Infinity;
  for (let spent = 0; spent < limits.queries; spent++) {
    const campaign =
      best === undefined || spent < limits.queries / 2 ? draw(limits, random) : near(best, limits, random);
    const strangers = payments(campaign, budget, next.time, limits);
    const worst = genuine.reduce((most, judged, at) => {
      const others = [...stream.slice(0, index + at), ...strangers];
      return Math.max(most, query(others, judged));
    }, -Infinity);
    if (worst >= highest) [best, highest] = [campaign, worst];
  }
  return highest;
}
