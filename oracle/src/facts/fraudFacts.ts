import { type FactContext, LABEL_DELAY, lgSeconds, RECENT, secondsSince } from "./context.ts";
import { fact, type FactDefinition, NONE } from "./definition.ts";
import { share128, total } from "./integers.ts";
import type { Entry, FraudRun, TileView } from "./views.ts";

const LG_SECONDS = "lg8 of seconds + 1";
const SHARE = "1/128";

/** How many payments that are old enough to have a label the shares read; their sum stays below 2^53. */
const SETTLED = 30;

/** First second whose payments are too young: those before it have a label by now or are known to be good. */
function settledBefore(context: FactContext): number {
  return context.now - LABEL_DELAY + 1;
}

function valueShare(entries: readonly Entry[], counts: (entry: Entry) => boolean): number | typeof NONE {
  if (entries.length === 0) return NONE;
  const sum = (some: readonly Entry[]): number => total(some.map((entry) => entry.micro));
  return share128(sum(entries.filter(counts)), sum(entries));
}

function fraudShare(context: FactContext, view: TileView): number | typeof NONE {
  const before = settledBefore(context);
  if (view.knownFrauds(0, before) === 0) return view.countIn(0, before) === 0 ? NONE : 0;
  return valueShare(view.recentBefore(before, SETTLED), (entry) => view.isKnownFraud(entry));
}

function runOf(context: FactContext): FraudRun {
  return context.once("fraud/run", () => context.views.payee.fraudRun(settledBefore(context)));
}

function ageOf(entry: Entry | undefined, now: number): number | typeof NONE {
  return entry === undefined ? NONE : lgSeconds(secondsSince(entry.time, now));
}

function listedShare(view: TileView): number | typeof NONE {
  if (view.listedCounterparties === 0) return view.count === 0 ? NONE : 0;
  return valueShare(view.recent(RECENT), (entry) => view.isListed(entry));
}

/** What is known about the payee's and the payer's earlier payments. Shares are of value: dust does not move them. */
export const FRAUD_FACTS: readonly FactDefinition[] = [
  fact(
    {
      name: "payeeFraudShare",
      source: "payee",
      window: "last 30 payments at least 7 days old",
      unit: SHARE,
      description: "Known frauds as a share of the payments' value.",
      phrase: "The share of known frauds in what the payee received",
      worse: "high",
      fromLabels: true,
    },
    (c) => fraudShare(c, c.views.payee),
  ),
  fact(
    {
      name: "payeeFrauds30d",
      source: "payee",
      window: "30 days",
      unit: "payments",
      description: "Known frauds among the payments to the payee.",
      phrase: "The number of known frauds at the payee within thirty days",
      worse: "high",
      fromLabels: true,
    },
    (c) => c.views.payee.knownFrauds(c.start(30), c.end),
  ),
  fact(
    {
      name: "payeeFraudRun",
      source: "payee",
      window: "payments at least 7 days old",
      unit: "payments",
      description: "Known frauds without a good payment between them, up to the newest payment.",
      phrase: "The number of known frauds in a row at the payee",
      worse: "high",
      fromLabels: true,
    },
    (c) => runOf(c).count,
  ),
  fact(
    {
      name: "payeeFraudRunAge",
      source: "payee",
      window: "payments at least 7 days old",
      unit: LG_SECONDS,
      description: "Time since the first payment of that run.",
      phrase: "The time since known frauds in a row began at the payee",
      worse: "high",
      fromLabels: true,
    },
    (c) => ageOf(runOf(c).began, c.now),
  ),
  fact(
    {
      name: "payeeSinceLastGood",
      source: "payee",
      window: "payments at least 7 days old",
      unit: LG_SECONDS,
      description: "Time since the newest payment not known as fraud.",
      phrase: "The time since the payee's last good payment",
      worse: "high",
      fromLabels: true,
    },
    (c) => ageOf(runOf(c).lastGood, c.now),
  ),
  fact(
    {
      name: "payeeSinceLastFraud",
      source: "payee",
      window: "all history",
      unit: LG_SECONDS,
      description: "Time since the newest payment known as fraud.",
      phrase: "The time since the last known fraud at the payee",
      worse: "low",
      fromLabels: true,
    },
    (c) => ageOf(c.views.payee.newestKnownFrauds(c.end, 1)[0], c.now),
  ),
  fact(
    {
      name: "payerFraudShare",
      source: "payer",
      window: "last 30 payments at least 7 days old",
      unit: SHARE,
      description: "Known frauds as a share of the payments' value.",
      phrase: "The share of known frauds in what the payer paid",
      worse: "high",
      fromLabels: true,
    },
    (c) => fraudShare(c, c.views.payer),
  ),
  fact(
    {
      name: "payerSinceFirstFraud",
      source: "payer",
      window: "30 days",
      unit: LG_SECONDS,
      description: "Time since the oldest payment known as fraud.",
      phrase: "The time since the first known fraud of the payer",
      worse: "low",
      fromLabels: true,
    },
    (c) => ageOf(c.views.payer.oldestKnownFraud(c.start(30), c.end), c.now),
  ),
  fact(
    {
      name: "payeeListed",
      source: "payee",
      window: "now",
      unit: "1 sanctioned + 2 reported",
      description: "Lists the payee stands on.",
      phrase: "The number of lists the payee stands on",
      worse: "high",
      fromLabels: true,
    },
    (c) => c.views.payeeLists,
  ),
  fact(
    {
      name: "payerListed",
      source: "payer",
      window: "now",
      unit: "1 sanctioned + 2 reported",
      description: "Lists the payer stands on.",
      phrase: "The number of lists the payer stands on",
      worse: "high",
      fromLabels: true,
    },
    (c) => c.views.payerLists,
  ),
  fact(
    {
      name: "payeeListedPayers",
      source: "payee",
      window: "all history",
      unit: "payers",
      description: "Distinct payers of the payee that are on a list.",
      phrase: "The number of the payee's payers that are on a list",
      worse: "high",
      fromLabels: true,
    },
    (c) => c.views.payee.listedCounterparties,
  ),
  fact(
    {
      name: "payerListedPayees",
      source: "payer",
      window: "all history",
      unit: "payees",
      description: "Distinct payees of the payer that are on a list.",
      phrase: "The number of the payer's payees that are on a list",
      worse: "high",
      fromLabels: true,
    },
    (c) => c.views.payer.listedCounterparties,
  ),
  fact(
    {
      name: "payeeListedValue",
      source: "payee",
      window: "last 20 payments",
      unit: SHARE,
      description: "Value from payers on a list as a share of all.",
      phrase: "The share of listed payers in what the payee received",
      worse: "high",
      fromLabels: true,
    },
    (c) => listedShare(c.views.payee),
  ),
  fact(
    {
      name: "payerListedValue",
      source: "payer",
      window: "last 20 payments",
      unit: SHARE,
      description: "Value to payees on a list as a share of all.",
      phrase: "The share of listed payees in what the payer paid",
      worse: "high",
      fromLabels: true,
    },
    (c) => listedShare(c.views.payer),
  ),
];
