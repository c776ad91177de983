import { PATTERN_CEILING } from "../train/listGuard.ts";
import { BASELINES } from "./baselines.ts";
import type { BookResult } from "./book.ts";
import { DRIFT_ACT, DRIFT_WATCH } from "./drift.ts";
import type { Goals, OperationGoal } from "./goals.ts";
import { goalsOf, notAbove, operates, reaches } from "./goals.ts";
import type { Measures } from "./metrics.ts";
import type { GroupOutcome } from "./operating.ts";
import { TEST_THRESHOLD } from "./policy.ts";
import type { Figures, Result } from "./result.ts";

/** A table as cells: the first row is its head. */
export type Cells = readonly (readonly string[])[];

/** A table with its caption, for the terminal and the report alike. */
export interface Section {
  readonly title: string;
  readonly cells: Cells;
  readonly remarks?: readonly string[];
}

/** A figure between 0 and 1 as the tables have it, such as `.871`. */
export function three(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return value.toFixed(3).replace(/^0\./, ".");
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`;
}

function measures(values: Partial<Measures> | null): string[] {
  return [three(values?.auc), three(values?.ap), three(values?.cp100)];
}

function spread(values: readonly number[]): string {
  return values.length < 2 ? "" : `${three(Math.min(...values))}–${three(Math.max(...values))}`;
}

const HEAD = ["", "AUC", "AP", "CP@100"];

/** The first word of a goal's line. */
const verdict = (reached: boolean): string => (reached ? "reached" : "MISSED");

function figureRows({ float, integer, baselines }: Figures, goal: Partial<Measures> | undefined): string[][] {
  const known = BASELINES.filter(({ key }) => baselines[key] !== undefined);
  const goalRow = goal === undefined ? [] : [[`goal, ${verdict(reaches(goal, integer))}`, ...measures(goal)]];
  return [
    ["integer model", ...measures(integer)],
    ...goalRow,
    ["float model", ...measures(float)],
    ...known.map(({ key, title }) => [title, ...measures(baselines[key] ?? null)]),
  ];
}

function publishedRows(result: Pick<Result, "published">): string[][] {
  return result.published.map((row) => {
    const view = row.view === undefined ? "" : `, ${row.view}`;
    return [`published: ${row.name}${view}`, ...measures(row)];
  });
}

/** Where the published rows come from. */
function sourcesOf({ published }: Pick<Result, "published">): string[] {
  return [...new Set(published.map(({ source }) => `published: ${source}`))];
}

function loss({ evaluate }: Result): string[] {
  const { float, integer } = evaluate;
  if (float === null) return ["A ready model keeps only its integers, so there is no float row."];
  return [`float − integer: AUC ${(float.auc - integer.auc).toFixed(4)}, AP ${(float.ap - integer.ap).toFixed(4)}`];
}

const MEASURE_NAMES: Readonly<Record<keyof Measures, string>> = { auc: "AUC", ap: "AP", cp100: "CP@100" };

/** Whether the model passes the baseline that it is to pass, and in what it does not. */
function aboveRemark({ integer, baselines }: Figures, { above }: Goals): string[] {
  const known = BASELINES.find(({ key }) => key === above);
  const baseline = above === undefined ? undefined : baselines[above];
  if (known === undefined || baseline === undefined) return [];
  const short = notAbove(baseline, integer).map((key) => MEASURE_NAMES[key]);
  const where = short.length === 0 ? "" : ` in ${short.join(", ")}`;
  return [`goal, above ${known.title}: ${verdict(short.length === 0)}${where}`];
}

/** Said where no fact from labels made a difference: the reader need not look for one. */
function sameDay({ evaluate: { firstDay, integer } }: Result): string[] {
  if (firstDay.integer.auc !== integer.auc || firstDay.integer.ap !== integer.ap) return [];
  return ["No fact that comes from labels is known in this data, so these are also the figures with labels."];
}

function usualTitle({ labels }: Result): string {
  if (labels === "not used") return "With labels in facts, none in training";
  return "With labels: facts say what had been reported by the time of the payment";
}

function mainSections(result: Result): Section[] {
  const { firstDay, ...usual } = result.evaluate;
  const goals = goalsOf(result);
  return [
    {
      title: "First day: every fact that comes from labels says that none is known",
      cells: [HEAD, ...figureRows(firstDay, goals?.firstDay)],
      remarks: sameDay(result),
    },
    {
      title: usualTitle(result),
      cells: [HEAD, ...figureRows(usual, goals?.usual), ...publishedRows(result)],
      remarks: [...aboveRemark(usual, goals ?? {}), ...loss(result), ...sourcesOf(result)],
    },
  ];
}

function viewSection(result: Result): Section[] {
  const { views } = result;
  if (views.length < 2) return [];
  const goals = goalsOf(result)?.views ?? {};
  const head = ["", "integer AUC", "AP", "CP@100", "float AUC", "AP", "CP@100"];
  const rows = views.flatMap(({ view, usual }) => {
    const goal = goals[view];
    const line = [view, ...measures(usual.integer), ...measures(usual.float ?? null)];
    return goal === undefined
      ? [line]
      : [line, [`goal, ${verdict(reaches(goal, usual.integer))}`, ...measures(goal), "", "", ""]];
  });
  return [{ title: "By part of the test", cells: [head, ...rows] }];
}

function foldSection({ folds, runs }: Result): Section {
  const head = [
    "fold",
    "train",
    "illicit",
    "validation",
    "test",
    "illicit",
    "AUC",
    "AP",
    "CP@100",
    "AP by seed",
    "first day AP",
  ];
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const rows = folds.map((fold) => {
    const own = runs.filter((run) => run.fold === fold.fold);
    const cards = own.map(({ integer }) => integer.cp100).filter((value) => value !== undefined);
    const counts = [fold.train, fold.trainIllicit, fold.validation, fold.test, fold.testIllicit].map(String);
    return [
      fold.fold,
      ...counts,
      three(mean(own.map(({ integer }) => integer.auc))),
      three(mean(own.map(({ integer }) => integer.ap))),
      three(cards.length === 0 ? undefined : mean(cards)),
      spread(own.map(({ integer }) => integer.ap)),
      three(mean(own.map(({ firstDay }) => firstDay.ap))),
    ];
  });
  return { title: "Integer model by fold, mean over seeds", cells: [head, ...rows] };
}

function shares({ illicitStopped, honestAllowed }: OperationGoal): string {
  return `${percent(illicitStopped)} of illicit stopped, ${percent(honestAllowed)} of honest allowed`;
}

/** Only thresholds that were fixed without the test rows can reach a goal. */
function operationRemarks({ policy, folds }: Result, goal: OperationGoal | undefined): string[] {
  const { budgets } = policy;
  const proposal = folds.every(({ validation }) => validation === 0)
    ? "Without validation rows nothing can be proposed: the proposed policy is the default one."
    : `Proposed: the lowest scores that hold at most ${percent(budgets.hold)} and block at most ${percent(budgets.block)} ` +
      "of the honest money of validation rows; on test rows it can be more.";
  const { blockAt } = policy.proposed;
  const warning =
    blockAt > PATTERN_CEILING
      ? []
      : [
          `With the list guard, patterns score ${PATTERN_CEILING} at most: a policy that blocks from ${blockAt} would let a stranger ` +
            "have an honest payment blocked. Block from above that.",
        ];
  if (goal === undefined) return [proposal, ...warning];
  const lines = policy.operations
    .filter(({ name }) => name !== TEST_THRESHOLD)
    .map((operation) => `${operation.name}: ${verdict(operates(goal, operation))}`);
  return [`goal, ${shares(goal)}; ${lines.join("; ")}`, proposal, ...warning];
}

function operationSection(result: Result): Section {
  const { policy } = result;
  const head = [
    "",
    "holdAt",
    "blockAt",
    "illicit stopped",
    "blocked",
    "honest allowed",
    "money stopped",
    "honest money delayed",
  ];
  const rows = policy.operations.map((operation) => [
    operation.name,
    String(operation.holdAt),
    String(operation.blockAt),
    percent(operation.illicitStopped),
    percent(operation.illicitBlocked),
    percent(operation.honestAllowed),
    percent(operation.moneyStopped),
    percent(operation.honestMoneyDelayed),
  ]);
  const remarks = operationRemarks(result, goalsOf(result)?.operation);
  return { title: "Policies (first seed, all folds' test rows together)", cells: [head, ...rows], remarks };
}

function groupSection(
  title: string,
  groups: readonly GroupOutcome[],
  goals: Readonly<Record<string, OperationGoal>> = {},
): Section[] {
  if (groups.length === 0) return [];
  const head = ["", "illicit", "stopped", "honest", "allowed"];
  const rows = groups.map((group) => [
    group.group,
    String(group.illicit),
    percent(group.illicitStopped),
    String(group.honest),
    percent(group.honestAllowed),
  ]);
  const remarks = groups.flatMap((outcome) => {
    const goal = goals[outcome.group];
    return goal === undefined ? [] : [`goal, ${outcome.group}: ${shares(goal)}; ${verdict(operates(goal, outcome))}`];
  });
  return [{ title, cells: [head, ...rows], remarks }];
}

/** How many facts the terminal shows; the report has all. */
const DRIFT_SHOWN = 8;

function driftSection(result: Result, most: number): Section[] {
  if (result.drift.length === 0) return [];
  const word = (stability: number): string =>
    stability >= DRIFT_ACT ? "moved" : stability >= DRIFT_WATCH ? "watch" : "calm";
  const rows = result.drift.slice(0, most).map(({ fact, stability }) => [fact, stability.toFixed(3), word(stability)]);
  const title = "Drift: population stability, training to test of the last fold";
  return [{ title, cells: [["fact", "index", ""], ...rows] }];
}

/** All tables of a result, first day first. */
export function sections(result: Result, driftRows = DRIFT_SHOWN): Section[] {
  const at = `score ${result.policy.groupsHoldAt} and above is stopped`;
  return [
    ...mainSections(result),
    ...viewSection(result),
    foldSection(result),
    operationSection(result),
    ...groupSection(`By scenario; ${at}`, result.policy.byScenario),
    ...groupSection(
      `By number of the payment to its payee; ${at}`,
      result.policy.byPaymentNumber,
      goalsOf(result)?.numbers,
    ),
    ...driftSection(result, driftRows),
  ];
}

/** The book's tables. */
export function bookSections(result: BookResult): Section[] {
  const counts = `train ${result.train} payments, ${result.trainIllicit} illicit; test ${result.test}, ${result.testIllicit} illicit`;
  const ours = ["Sluice's logistic regression", ...measures(result.evaluate.baselines.bookLogistic)];
  return [
    {
      title: "The book's features",
      cells: [HEAD, ours, ...publishedRows(result)],
      remarks: [counts, ...sourcesOf(result)],
    },
  ];
}

/** A section as text: left-aligned first column, the others right-aligned. */
export function renderText({ title, cells, remarks = [] }: Section): string {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  ");
  return [title, ...cells.map((row) => `  ${line(row).trimEnd()}`), ...remarks.map((remark) => `  ${remark}`)].join(
    "\n",
  );
}
