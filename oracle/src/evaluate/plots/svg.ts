/** Greys and colours that read on white and on black. */
export const INK = "#808080";
const GRID = "#80808040";
const COLOURS = ["#2f7ed8", "#d9822b", "#3a9d5d", "#b3519e"] as const;

/** A scale from data to pixels. */
export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  /** Logarithmic axes take values above zero. */
  readonly logarithmic?: boolean;
  readonly format: (value: number) => string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  readonly dashed?: boolean;
  /** Whether each point gets a dot. */
  readonly dots?: boolean;
}

/** A point of interest with words to one side of it. */
export interface Mark extends Point {
  readonly text: string;
  readonly side: "left" | "right";
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
}

const WIDTH = 460;
const HEIGHT = 360;
const LEFT = 62;
const RIGHT = 28;
const TOP = 34;
const BOTTOM = 78;

/** Text safe inside XML. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function position(axis: Axis, value: number, low: number, high: number): number {
  const map = axis.logarithmic === true ? Math.log : (number: number): number => number;
  const clipped = Math.min(axis.to, Math.max(axis.from, value));
  const share = (map(clipped) - map(axis.from)) / (map(axis.to) - map(axis.from));
  return low + share * (high - low);
}

const xOf = (chart: Chart, value: number): number => position(chart.x, value, LEFT, WIDTH - RIGHT);
const yOf = (chart: Chart, value: number): number => position(chart.y, value, HEIGHT - BOTTOM, TOP);

function text(x: number, y: number, content: string, rest = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${rest}>${escaped(content)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="${colour}"/>`;
}

function axes(chart: Chart): string[] {
  const [bottom, right] = [HEIGHT - BOTTOM, WIDTH - RIGHT];
  const vertical = chart.x.ticks.flatMap((tick) => [
    line(xOf(chart, tick), TOP, xOf(chart, tick), bottom, GRID),
    text(xOf(chart, tick), bottom + 16, chart.x.format(tick), 'text-anchor="middle"'),
  ]);
  const horizontal = chart.y.ticks.flatMap((tick) => [
    line(LEFT, yOf(chart, tick), right, yOf(chart, tick), GRID),
    text(LEFT - 7, yOf(chart, tick) + 4, chart.y.format(tick), 'text-anchor="end"'),
  ]);
  const middle = (TOP + bottom) / 2;
  return [
    ...vertical,
    ...horizontal,
    line(LEFT, bottom, right, bottom, INK),
    line(LEFT, TOP, LEFT, bottom, INK),
    text((LEFT + right) / 2, bottom + 34, chart.x.label, 'text-anchor="middle"'),
    text(14, middle, chart.y.label, `text-anchor="middle" transform="rotate(-90 14 ${middle})"`),
  ];
}

/** Pixels between two drawn points of a line: what is nearer cannot be seen. */
const NEAR = 0.7;

function seen(chart: Chart, points: readonly Point[]): readonly Point[] {
  const kept: Point[] = [];
  points.forEach((point, index) => {
    const last = kept.at(-1);
    const far =
      last === undefined ||
      Math.abs(xOf(chart, point.x) - xOf(chart, last.x)) >= NEAR ||
      Math.abs(yOf(chart, point.y) - yOf(chart, last.y)) >= NEAR;
    if (far || index === points.length - 1) kept.push(point);
  });
  return kept;
}

function seriesLine(chart: Chart, series: Series, index: number): string[] {
  const colour = series.dashed === true ? INK : (COLOURS[index % COLOURS.length] ?? INK);
  const shown = seen(chart, series.points);
  const path = shown.map(({ x, y }) => `${xOf(chart, x).toFixed(1)},${yOf(chart, y).toFixed(1)}`).join(" ");
  const dash = series.dashed === true ? ' stroke-dasharray="4 4"' : "";
  const dots = series.dots === true ? shown : [];
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.8"${dash}/>`,
    ...dots.map(
      ({ x, y }) =>
        `<circle cx="${xOf(chart, x).toFixed(1)}" cy="${yOf(chart, y).toFixed(1)}" r="3" fill="${colour}"/>`,
    ),
  ];
}

function legend(chart: Chart): string[] {
  let x = LEFT;
  return chart.series.flatMap((series, index) => {
    const colour = series.dashed === true ? INK : (COLOURS[index % COLOURS.length] ?? INK);
    const at = x;
    x += 34 + 6.2 * series.name.length;
    return [line(at, HEIGHT - 16, at + 18, HEIGHT - 16, colour), text(at + 23, HEIGHT - 12, series.name)];
  });
}

function marks(chart: Chart): string[] {
  return (chart.marks ?? []).flatMap(({ x, y, text: words, side }) => {
    const [cx, cy] = [xOf(chart, x), yOf(chart, y)];
    const left = side === "left" || cx > WIDTH - 110;
    return [
      `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="4" fill="none" stroke="${INK}" stroke-width="2"/>`,
      text(cx + (left ? -8 : 8), cy - 8, words, left ? 'text-anchor="end"' : ""),
    ];
  });
}

/** A chart as a complete SVG file without scripts, styles or fonts from elsewhere. */
export function renderChart(chart: Chart): string {
  const body = [
    text(LEFT, 20, chart.title, 'font-size="13" font-weight="600"'),
    ...axes(chart),
    ...chart.series.flatMap((series, index) => seriesLine(chart, series, index)),
    ...marks(chart),
    ...legend(chart),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" ` +
      `role="img" aria-label="${escaped(chart.title)}" font-family="system-ui, sans-serif" font-size="11" fill="${INK}">`,
    ...body.map((part) => `  ${part}`),
    "</svg>",
    "",
  ].join("\n");
}
