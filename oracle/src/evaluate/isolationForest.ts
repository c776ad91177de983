import type { Random } from "../train/random.ts";
import { mulberry32 } from "../train/random.ts";

/** How a forest is grown. */
export interface ForestSettings {
  readonly seed: number;
  readonly trees: number;
  /** Rows a tree is grown on, drawn without replacement. */
  readonly sample: number;
}

export const DEFAULT_FOREST: Omit<ForestSettings, "seed"> = { trees: 100, sample: 256 };

type Row = ArrayLike<number>;

type Node =
  | { readonly rows: number }
  | { readonly column: number; readonly cut: number; readonly below: Node; readonly above: Node };

const EULER = 0.5772156649015329;

/** Mean depth at which a random search among so many rows ends. */
function expectedDepth(rows: number): number {
  if (rows <= 1) return 0;
  if (rows === 2) return 1;
  return 2 * (Math.log(rows - 1) + EULER) - (2 * (rows - 1)) / rows;
}

/** Columns that vary among the rows, with their range. */
function ranges(rows: readonly Row[]): { column: number; low: number; high: number }[] {
  return Array.from({ length: rows[0]?.length ?? 0 }, (_, column) => {
    let [low, high] = [Infinity, -Infinity];
    for (const row of rows) {
      low = Math.min(low, row[column] ?? 0);
      high = Math.max(high, row[column] ?? 0);
    }
    return { column, low, high };
  }).filter(({ low, high }) => low < high);
}

function grow(rows: readonly Row[], depthLeft: number, random: Random): Node {
  if (rows.length <= 1 || depthLeft === 0) return { rows: rows.length };
  const open = ranges(rows);
  const chosen = open[Math.floor(random() * open.length)];
  if (chosen === undefined) return { rows: rows.length };
  const { column, low, high } = chosen;
  const cut = low + random() * (high - low);
  const isBelow = (row: Row): boolean => (row[column] ?? 0) <= cut;
  const below = grow(rows.filter(isBelow), depthLeft - 1, random);
  const above = grow(
    rows.filter((row) => !isBelow(row)),
    depthLeft - 1,
    random,
  );
  return { column, cut, below, above };
}

function depthOf(tree: Node, row: Row): number {
  let node = tree;
  let depth = 0;
  while ("column" in node) {
    node = (row[node.column] ?? 0) <= node.cut ? node.below : node.above;
    depth += 1;
  }
  return depth + expectedDepth(node.rows);
}

function draw(rows: readonly Row[], count: number, random: Random): Row[] {
  const order = Uint32Array.from(rows, (_, index) => index);
  const drawn: Row[] = [];
  for (let index = 0; index < count; index++) {
    const other = index + Math.floor(random() * (order.length - index));
    const [here = 0, there = 0] = [order[index], order[other]];
    [order[index], order[other]] = [there, here];
    const row = rows[there];
    if (row !== undefined) drawn.push(row);
  }
  return drawn;
}

/**
 * An isolation forest: rows that random cuts separate early are unusual. Labels play no part; the seed fixes every draw.
 *
 * @returns The score of a row, 0 to 1, higher for the more unusual.
 */
export function isolationForest(rows: readonly Row[], settings: ForestSettings): (row: Row) => number {
  const random = mulberry32(settings.seed);
  const size = Math.min(settings.sample, rows.length);
  const depth = Math.ceil(Math.log2(Math.max(2, size)));
  const trees = Array.from({ length: settings.trees }, () => grow(draw(rows, size, random), depth, random));
  const scale = expectedDepth(size) || 1;
  return (row) => {
    const mean = trees.reduce((sum, tree) => sum + depthOf(tree, row), 0) / trees.length;
    return 2 ** (-mean / scale);
  };
}
