import { mulberry32, nearlyNormal } from "../../oracle/src/train/random.ts";
import type { Row } from "../../oracle/src/train/rows.ts";

const WIDTH = 32;

/**
 * Rows of facts as a payment stream gives them: honest ones follow two hidden moods, frauds (one in twenty) stick out in facts 4
 * to 7. The same seed gives the same rows.
 */
export function generatedRows(seed: number, count: number): Row[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, (_, index) => {
    const illicit = random() < 0.05;
    const [first, second] = [nearlyNormal(random), nearlyNormal(random)];
    const facts = Int8Array.from({ length: WIDTH }, (_unused, fact) => {
      if (fact === 1 || fact === 2) return 0;
      const usual = 20 * (fact % 2 === 0 ? first : second) + 12 * nearlyNormal(random);
      const shift = illicit && fact >= 4 && fact <= 7 ? 60 : 0;
      return Math.max(-128, Math.min(127, Math.round(usual + shift)));
    });
    return { account: `account${index % 50}`, index, facts, illicit };
  });
}
