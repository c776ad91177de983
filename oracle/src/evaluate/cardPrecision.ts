/** What card precision needs of a scored row. */
export interface DatedScore {
  readonly group: string;
  /** Seconds of the stream. */
  readonly time: number;
  readonly illicit: boolean;
}

const DAY = 86_400;

interface Card {
  readonly group: string;
  score: number;
  illicit: boolean;
}

/** Each group's highest score of one day, and whether one of its payments of that day is illicit. */
function cardsOf(rows: readonly { row: DatedScore; score: number }[]): Card[] {
  const cards = new Map<string, Card>();
  for (const { row, score } of rows) {
    const card = cards.get(row.group);
    if (card === undefined) cards.set(row.group, { group: row.group, score, illicit: row.illicit });
    else {
      card.score = Math.max(card.score, score);
      card.illicit ||= row.illicit;
    }
  }
  return [...cards.values()];
}

/**
 * Card precision@k: each day the k groups with the highest scores are looked at, and the share of them that is compromised
 * that day counts; groups found so are left out on later days. Equal scores rank in the order the groups appear that day.
 *
 * @returns The mean over days; NaN without rows.
 */
export function cardPrecision(rows: readonly DatedScore[], scores: ArrayLike<number>, k = 100): number {
  const days = new Map<number, { row: DatedScore; score: number }[]>();
  rows.forEach((row, index) => {
    const day = Math.floor(row.time / DAY);
    const list = days.get(day) ?? [];
    list.push({ row, score: scores[index] ?? 0 });
    days.set(day, list);
  });
  const found = new Set<string>();
  let sum = 0;
  for (const day of [...days.keys()].sort((a, b) => a - b)) {
    const open = (days.get(day) ?? []).filter(({ row }) => !found.has(row.group));
    const worst = cardsOf(open)
      .sort((a, b) => b.score - a.score)
      .slice(0, k);
    const hits = worst.filter((card) => card.illicit);
    sum += hits.length / k;
    for (const card of hits) found.add(card.group);
  }
  return sum / days.size;
}
