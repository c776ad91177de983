import type { Replayed } from "./replay.ts";

function row(columns: readonly (string | number)[]): string {
  const [index, name, onChain, found, ...rest] = columns.map(String);
  const numbers = [onChain ?? "", found ?? ""].map((text) => text.padStart(9));
  return [String(index).padStart(3), String(name).padEnd(26), ...numbers, " ", ...rest].join(" ").trimEnd();
}

function differs(same: boolean): string {
  return same ? "" : "DIFFERS";
}

/** A replayed decision, fact by fact; of those that differ also what they mean. */
export function replayText({ charge, asOf, asOfAllowed, asOfHash, epoch, score, band, facts, same }: Replayed): string {
  const lines = facts.map((fact) => {
    const what = fact.same ? fact.unit : `DIFFERS (${fact.unit}; ${fact.phrase})`;
    return row([fact.slot, fact.fact, fact.onChain, fact.found, what]);
  });
  const wrong = [
    asOfAllowed ? [] : [`block ${asOf} is none that the rules give`],
    asOfHash.onChain === asOfHash.found ? [] : [`its hash is ${asOfHash.found} on this chain`],
    epoch.onChain === epoch.found ? [] : [`epoch ${epoch.found} judged this payment, not ${epoch.onChain}`],
  ].flat();
  return [
    `${charge ? "charge" : "payment"} as of block ${asOf} ${asOfHash.onChain}`,
    row(["", "fact", "on chain", "found", "unit"]),
    ...lines,
    row(["", "score", score.onChain, score.found, differs(score.onChain === score.found)]),
    row(["", "band", band.onChain, band.found, differs(band.onChain === band.found)]),
    ...wrong,
    same ? "the decision follows from the chain" : "the decision does NOT follow from the chain",
  ].join("\n");
}
