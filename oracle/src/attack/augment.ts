import type { FactSchema } from "../facts/schema.ts";
import type { Random } from "../train/random.ts";
import { type EvasionLimits, randomEvasion } from "./evade.ts";
import { type FramingLimits, randomFrame } from "./frame.ts";
import { type Deed, factsAfter, type TokenFacts } from "./stream.ts";

/**
 * Facts of the payments of a stream as an evader would send them: for each payment `copies` changes drawn at random, of it
 * alone or of it and up to `limits.own - 1` before it.
 */
export function evasiveFacts(
  schema: FactSchema,
  stream: readonly Deed[],
  copies: number,
  limits: EvasionLimits,
  random: Random,
  token?: TokenFacts,
): Int8Array[] {
  return stream.flatMap((_, index) =>
    Array.from({ length: copies }, () => {
      const own = 1 + Math.floor(random() * limits.own);
      const { others, judged } = randomEvasion(stream, index, { ...limits, own }, random);
      return factsAfter(schema, others, judged, token);
    }),
  );
}

/** Facts of the payments of a stream after a stranger's campaign at random: one copy of each but the first. */
export function framedFacts(
  schema: FactSchema,
  stream: readonly Deed[],
  copies: number,
  limits: FramingLimits,
  random: Random,
  token?: TokenFacts,
): Int8Array[] {
  return stream.slice(1).flatMap((judged, at) =>
    Array.from({ length: copies }, () => {
      const strangers = randomFrame(stream, at + 1, limits, random);
      return factsAfter(schema, [...stream.slice(0, at + 1), ...strangers], judged, token);
    }),
  );
}
