import type { Measures } from "./metrics.ts";

/** Figures somebody else published for a protocol, by view where there are several. */
export interface PublishedRow extends Partial<Measures> {
  readonly protocol: string;
  readonly view?: string;
  readonly name: string;
  readonly source: string;
}

const SINGLE = "Fraud Detection Handbook, chapter 3, single split";
const PREQUENTIAL =
  "Fraud Detection Handbook, chapters 5 to 7, prequential, test weeks from 08-08, 08-15, 08-22 and 08-29";
const LABEL_FREE = "Fraud Detection Handbook, chapter 7, autoencoders and anomaly detection";

function row(protocol: string, source: string, name: string, auc: number, ap: number, cp100: number): PublishedRow {
  return { protocol, name, auc, ap, cp100, source };
}

function prequential(protocol: string): PublishedRow[] {
  return [
    row(protocol, PREQUENTIAL, "XGBoost", 0.869, 0.687, 0.303),
    row(protocol, PREQUENTIAL, "multi-layer perceptron", 0.876, 0.675, 0.303),
    row(protocol, PREQUENTIAL, "LSTM", 0.876, 0.665, 0.297),
  ];
}

/** Every published row that stands beside ours. */
export const PUBLISHED: readonly PublishedRow[] = [
  row("handbook-book", SINGLE, "logistic regression", 0.871, 0.606, 0.291),
  ...["handbook-book", "handbook-single"].flatMap((protocol) => [
    row(protocol, SINGLE, "random forest", 0.867, 0.658, 0.287),
    row(protocol, SINGLE, "XGBoost", 0.862, 0.639, 0.273),
  ]),
  row("handbook-single", SINGLE, "logistic regression", 0.871, 0.606, 0.291),
  ...prequential("handbook-prequential"),
  ...prequential("handbook-development").map((published) => ({ ...published, view: "on the published, later weeks" })),
  row("handbook-label-free", LABEL_FREE, "autoencoder", 0.836, 0.18, 0.217),
  row("handbook-label-free", LABEL_FREE, "isolation forest, 10 trees", 0.808, 0.164, 0.19),
];

/** The published rows of a protocol. */
export function publishedFor(protocol: string): PublishedRow[] {
  return PUBLISHED.filter((published) => published.protocol === protocol);
}
