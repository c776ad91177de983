import type { FactSchema } from "../facts/schema.ts";
import type { QuantisedModel } from "../model/network.ts";
import type { LabelledAccount } from "../train/payments.ts";
import { mulberry32, permutation, type Random } from "../train/random.ts";
import { AGEINGS, type Ageing, aged } from "./age.ts";
import { EVASION, evade } from "./evade.ts";
import { frame, FRAMING, medianOf } from "./frame.ts";
import { type Deed, deedsOf, lineOf, type Query, queryOf } from "./stream.ts";

/** Who owns what in the three rows of evasion, and how often he asks at most; the wider two only show the way. */
export const EVADERS = [
  { name: "the judged payment", own: 1, queries: 1_000 },
  { name: "it and the two before", own: 3, queries: 300 },
  { name: "every payment", own: 20, queries: 300 },
] as const;

/** Queries at which the curve of evasion is read, and budgets at which that of framing is drawn. */
const QUERIES = [1, 3, 10, 30, 100, 300, 1_000] as const;
const BUDGETS = [0.1, 0.3, 1, 3, 10] as const;

export interface EvasionFigures {
  readonly own: number;
  readonly stopped: number;
  readonly flipped: number;
  /** Share of the stopped payments that were allowed after at most so many queries. */
  readonly curve: readonly { readonly queries: number; readonly flipped: number }[];
}

export interface FramingFigures {
  /** Multiple of the payee's median payment; 0 is without a stranger. */
  readonly budget: number;
  readonly payments: number;
  readonly held: number;
  readonly blocked: number;
}

export interface AgeingFigures extends Ageing {
  /** Turned over, in median payments; all of it comes back but for fees and gas. */
  readonly turnover: number;
  readonly days: number;
  readonly stopped: number;
  readonly flipped: number;
}

/** Everything the search found. */
export interface AttackFigures {
  readonly seed: number;
  readonly accounts: number;
  readonly holdAt: number;
  readonly blockAt: number;
  readonly evasion: readonly EvasionFigures[];
  readonly framing: readonly FramingFigures[];
  readonly ageing: readonly AgeingFigures[];
}

export interface AttackSettings {
  readonly seed: number;
  readonly holdAt: number;
  readonly blockAt: number;
  readonly queries: number;
  /** Most honest payments that are framed, drawn by the seed. */
  readonly framed: number;
  readonly progress: (line: string) => void;
}

interface Target {
  readonly stream: readonly Deed[];
  readonly index: number;
}

function paymentsOf(streams: readonly (readonly Deed[])[]): Target[] {
  return streams.flatMap((stream) => stream.map((_, index) => ({ stream, index })));
}

function accumulatorOf({ stream, index }: Target, query: Query): number {
  const judged = stream[index];
  if (judged === undefined) throw new RangeError(`the stream has no payment ${index}`);
  return query(stream.slice(0, index), judged);
}

function drawSome<T>(list: readonly T[], most: number, random: Random): T[] {
  const order = permutation(list.length, random).slice(0, most);
  return Array.from(order.sort(), (index) => list[index]).filter((item) => item !== undefined);
}

function evasion(
  targets: readonly Target[],
  { own, queries }: (typeof EVADERS)[number],
  line: number,
  query: Query,
  settings: AttackSettings,
): EvasionFigures {
  const random = mulberry32(settings.seed);
  const most = Math.min(queries, settings.queries);
  const limits = { ...EVASION, own, queries: most };
  const found = targets.map(({ stream, index }, done) => {
    if (done % 20 === 0) settings.progress(`evasion, ${own} own: ${done} of ${targets.length}`);
    return evade(stream, index, line, query, limits, random);
  });
  const within = (queries: number): number => found.filter((at) => at !== undefined && at <= queries).length;
  const flipped = within(most);
  const curve = QUERIES.filter((count) => count <= most).map((count) => ({
    queries: count,
    flipped: within(count) / targets.length,
  }));
  return { own, stopped: targets.length, flipped: flipped / targets.length, curve };
}

function framing(targets: readonly Target[], query: Query, lines: Lines, settings: AttackSettings): FramingFigures[] {
  const share = (values: readonly number[], line: number): number =>
    values.filter((value) => value >= line).length / values.length;
  const row = (budget: number, values: readonly number[]): FramingFigures => ({
    budget,
    payments: values.length,
    held: share(values, lines.hold),
    blocked: share(values, lines.block),
  });
  const before = row(
    0,
    targets.map((target) => accumulatorOf(target, query)),
  );
  const framed = BUDGETS.map((budget) => {
    const random = mulberry32(settings.seed);
    const values = targets.map(({ stream, index }, done) => {
      if (done % 20 === 0) settings.progress(`framing for ${budget} medians: ${done} of ${targets.length}`);
      return frame(stream, index, query, { ...FRAMING, budget }, random);
    });
    return row(budget, values);
  });
  return [before, ...framed];
}

interface Lines {
  readonly hold: number;
  readonly block: number;
}

function ageing(targets: readonly Target[], query: Query, lines: Lines, settings: AttackSettings): AgeingFigures[] {
  return AGEINGS.map((one) => {
    settings.progress(`ageing by ${one.payments} payments`);
    const flipped = targets.filter(({ stream, index }) => {
      const older = aged(stream, one);
      return accumulatorOf({ stream: older, index: index + one.payments }, query) < lines.hold;
    });
    const cost = { turnover: one.payments, days: one.payments * one.daysBetween };
    return { ...one, ...cost, stopped: targets.length, flipped: flipped.length / targets.length };
  });
}

/** Searches for ways around the model on labelled accounts; the same seed finds the same. */
export function attack(
  model: QuantisedModel,
  schema: FactSchema,
  accounts: readonly LabelledAccount[],
  settings: AttackSettings,
): AttackFigures {
  const query = queryOf(model, schema);
  const lines = { hold: lineOf(model, settings.holdAt), block: lineOf(model, settings.blockAt) };
  const streams = (illicit: boolean): Deed[][] =>
    accounts.filter((account) => account.illicit === illicit).map(deedsOf);
  const stopped = paymentsOf(streams(true)).filter((target) => accumulatorOf(target, query) >= lines.hold);
  const honest = paymentsOf(streams(false)).filter(({ stream, index }) => medianOf(stream.slice(0, index)) > 0);
  const { seed, holdAt, blockAt } = settings;
  return {
    seed,
    accounts: accounts.length,
    holdAt,
    blockAt,
    evasion: EVADERS.map((evader) => evasion(stopped, evader, lines.hold, query, settings)),
    framing: framing(drawSome(honest, settings.framed, mulberry32(seed)), query, lines, settings),
    ageing: ageing(stopped, query, lines, settings),
  };
}
