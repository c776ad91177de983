import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { EvaluateError } from "../../oracle/src/evaluate/errors.ts";
import type { RunSettings, Subject } from "../../oracle/src/evaluate/harness.ts";
import { runProtocol } from "../../oracle/src/evaluate/harness.ts";
import { DEFAULT_BUDGETS } from "../../oracle/src/evaluate/operating.ts";
import type { Fold, Protocol } from "../../oracle/src/evaluate/protocols.ts";
import { renderReport, writeReport } from "../../oracle/src/evaluate/report.ts";
import { mergeResult } from "../../oracle/src/evaluate/results.ts";
import { train } from "../../oracle/src/evaluate/scoring.ts";
import { renderText, sections } from "../../oracle/src/evaluate/text.ts";
import type { Example, Recipe, Split } from "../../oracle/src/evaluate/types.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";

const SIGNAL = 5;
const LABEL_SLOT = 7;

/** Slot 7 counts as a fact that comes from labels. */
const SCHEMA = {
  ...PAYMENT_SCHEMA,
  definitions: PAYMENT_SCHEMA.definitions.map((one, slot) => ({ ...one, fromLabels: slot === LABEL_SLOT })),
};

/** A model whose accumulator is the sum of two facts. */
const MODEL: QuantisedModel = {
  id: "sum-1",
  schemaHash: PAYMENT_SCHEMA.hash,
  layers: [
    {
      weights: [Array.from({ length: 32 }, (_, slot) => (slot === SIGNAL || slot === LABEL_SLOT ? 1 : 0))],
      bias: [0],
      shift: 0,
    },
  ],
  knots: [
    [0, 0],
    [100, 10_000],
  ],
  referenceRow: Array.from({ length: 32 }, () => 0),
};

function example(index: number, signal: number, known: number, illicit: boolean): Example {
  const facts = new Int8Array(32);
  facts[SIGNAL] = signal;
  facts[LABEL_SLOT] = known;
  return { id: `p${index}`, group: `c${index}`, time: index, micro: 1_000_000, facts, illicit, paymentNumber: 1 };
}

/** The signal alone misranks one fraud of two; what is known of the payee repairs it. */
function rows(): Example[] {
  return [example(0, 60, 0, true), example(1, 10, 40, true), example(2, 30, 0, false), example(3, 0, 0, false)];
}

function fold(name: string, test = rows()): Fold {
  return { name, train: rows(), validation: rows(), test };
}

function protocol(folds: readonly Fold[], rest: Partial<Protocol> = {}): Protocol {
  return {
    name: "made-up",
    summary: "four rows",
    format: "generic",
    recipe: "none",
    cardPrecision: false,
    labels: "used",
    notes: ["A note <of> the protocol."],
    folds: () => Promise.resolve(folds),
    ...rest,
  };
}

const SETTINGS: RunSettings = { seeds: [1, 2], budgets: DEFAULT_BUDGETS };

function subject(rest: Partial<Subject> = {}): Subject {
  const floatScore = (facts: Int8Array): number => (facts[SIGNAL] ?? 0) + (facts[LABEL_SLOT] ?? 0) / 2;
  return {
    name: "sum",
    schema: SCHEMA,
    ready: false,
    scorer: () => Promise.resolve({ floatScore, model: MODEL }),
    ...rest,
  };
}

const run = (made: Protocol, of = subject()) => runProtocol(made, of, { data: "" }, SETTINGS, () => {});

describe("the evaluation of a protocol", () => {
  it("scores float and integer, with labels and on the first day, and the means over folds and seeds", async () => {
    const easy = [example(0, 60, 0, true), example(1, 5, 0, false)];
    const { result } = await run(protocol([fold("one"), fold("two", easy)]));
    expect(result.evaluate.integer.auc).to.equal(1);
    // Fold one on the first day: signals 60 and -118 against 30 and -128 with the empty history's byte; 3 of 4 pairs right.
    expect(result.evaluate.firstDay.integer.auc).to.equal((0.75 + 1) / 2);
    // The float form counts what is known by half, so that fold one has a tie.
    expect(result.evaluate.float?.auc).to.equal((0.875 + 1) / 2);
    expect(result.runs.map((one) => [one.fold, one.seed])).to.deep.equal([
      ["one", 1],
      ["one", 2],
      ["two", 1],
      ["two", 2],
    ]);
    expect(Object.keys(result.evaluate.baselines)).to.deep.equal(["logistic", "sumOfSquares", "isolationForest"]);
    expect(result.folds[0]).to.include({ train: 4, trainIllicit: 2, validation: 4, test: 4, testIllicit: 2 });
  });

  it("prints the first day before everything else", async () => {
    const { result } = await run(protocol([fold("one")]));
    const [first = ""] = sections(result).map(renderText);
    expect(first.split("\n")[0]).to.match(/^First day/);
    expect(first).to.contain("integer model").and.to.contain(".750");
  });

  it("prints what the integer model is to reach, and whether it does", async () => {
    const { result } = await run(protocol([fold("one")]));
    const goalRow = (name: string): string | undefined => {
      const [, usual = ""] = sections({ ...result, protocol: name }).map(renderText);
      return usual.split("\n").find((line) => line.includes("goal"));
    };
    expect(goalRow("made-up")).to.equal(undefined);
    expect(goalRow("ethereum-accounts")).to.match(/goal, reached +\.910 +\.560 +–/);
    // Without card precision its goal cannot be reached.
    expect(goalRow("handbook-label-free")).to.match(/goal, MISSED +\.875 +\.470 +\.270/);
  });

  it("prints the goals of a view, of a larger network and of a policy, and names the policies that miss", async () => {
    const { result } = await run(protocol([{ ...fold("one"), views: [{ name: "all transactions", rows: rows() }] }]));
    const [all] = result.views;
    if (all === undefined) throw new RangeError("no view");
    const printed = (rest: Partial<typeof result>): string =>
      sections({ ...result, ...rest })
        .map(renderText)
        .join("\n");
    const views = [all, { ...all, view: "another" }];
    expect(printed({ protocol: "ethereum-accounts", views })).to.match(/goal, reached +\.940 +\.670/);
    const large = printed({ protocol: "ethereum-accounts", recipe: "accounts-large", views });
    expect(large)
      .to.match(/goal, reached +\.925 +\.610/)
      .and.to.match(/goal, reached +\.953 +\.740/);
    const operations = result.policy.operations.map((one, at) => ({
      ...one,
      illicitStopped: at === 0 ? 0.7 : 0.6,
      honestAllowed: 0.96,
    }));
    const payments = printed({ protocol: "ethereum-payments", policy: { ...result.policy, operations } });
    expect(payments).to.contain("default policy: reached; proposed from validation: MISSED; ");
    // A threshold taken from the test rows themselves proves nothing.
    expect(payments).not.to.contain("95 % of these honest rows allowed:");
    expect(printed({})).not.to.contain("goal,");
  });

  it("says in which figure a model does not pass the baseline it is to pass", async () => {
    const { result } = await run(protocol([fold("one")], { labels: "not used" }));
    const named = { ...result, protocol: "handbook-label-free" };
    const withBaseline = (auc: number, ap: number): string => {
      const evaluate = { ...named.evaluate, baselines: { sumOfSquares: { auc, ap } } };
      return sections({ ...named, evaluate })
        .map(renderText)
        .join("\n");
    };
    expect(withBaseline(0.5, 0.5)).to.contain("goal, above sum of z², same facts: reached");
    // As high is not above.
    expect(withBaseline(1, 0.5)).to.match(/goal, above sum of z², same facts: MISSED in AUC$/m);
  });

  it("reports each view of a fold, the first one as the protocol's figures", async () => {
    const good = rows().slice(0, 3);
    const views = [
      { name: "three", rows: good },
      { name: "all", rows: rows() },
    ];
    const { result } = await run(protocol([{ ...fold("one"), views }]));
    expect(result.views.map(({ view }) => view)).to.deep.equal(["three", "all"]);
    expect(result.evaluate.integer).to.deep.equal(result.views[0]?.usual.integer);
    expect(result.evaluate.firstDay.integer.auc).to.equal(0.5);
  });

  it("tests a ready model on unseen folds only, once, without a float row", async () => {
    const made = protocol([fold("seen"), fold("unseen")], { unseenFolds: ["unseen"] });
    const { result } = await run(made, subject({ ready: true, scorer: () => Promise.resolve({ model: MODEL }) }));
    expect(result.runs.map((one) => [one.fold, one.seed])).to.deep.equal([["unseen", 1]]);
    expect(result.evaluate.float).to.equal(null);
  });

  it("tests a ready model where there is nothing to train on, without baselines, drift and calibration", async () => {
    const bare = { ...fold("one"), train: [], validation: [] };
    const { result, curves } = await run(protocol([bare]), subject({ ready: true }));
    expect(result.evaluate.baselines).to.deep.equal({});
    expect(result.drift).to.deep.equal([]);
    expect(curves.reliability).to.deep.equal([]);
    expect(result.policy.proposed).to.deep.equal({ holdAt: 9_700, blockAt: 9_950 });
    expect(sections(result).map(renderText).join("\n")).to.contain("the proposed policy is the default one");
  });

  it("says which rows lack a class", async () => {
    const honest = rows().filter((row) => !row.illicit);
    const failure = await run(protocol([fold("one", honest)])).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(EvaluateError);
    expect(String(failure)).to.contain("one test rows hold 0 illicit and 2 honest");
  });

  it("leaves the supervised baseline out where training sees no label", async () => {
    const { result } = await run(protocol([fold("one")], { labels: "not used" }));
    expect(Object.keys(result.evaluate.baselines)).to.deep.equal(["sumOfSquares", "isolationForest"]);
  });

  it("gives no labels to a recipe that uses none, and no test rows to any", async () => {
    const seen: Split[] = [];
    const recipe = (labels: Recipe["labels"]): Recipe => ({
      name: "spy",
      schema: SCHEMA,
      labels,
      train: (split) => {
        seen.push(split);
        return Promise.resolve({ floatScore: () => 0, model: MODEL });
      },
    });
    await train(recipe("used"), fold("one"), 1, () => {});
    await train(recipe("not used"), fold("one"), 1, () => {});
    const illicit = seen.map((split) => [...split.train, ...split.validation].filter((row) => row.illicit).length);
    expect(illicit).to.deep.equal([4, 0]);
    expect(seen.map((split) => split.test.length)).to.deep.equal([0, 0]);
  });
});

describe("what an evaluation writes", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-evaluate-"));
  });

  after(() => rm(folder, { recursive: true }));

  it("one page with tables and plots that loads nothing, plots as files, and the result", async () => {
    const made = await run(protocol([fold("one")]));
    const path = await writeReport(join(folder, "report"), made);
    const page = await readFile(path, "utf8");
    expect(page).to.equal(renderReport(made));
    expect(page.match(/<svg /g)).to.have.length(4);
    expect(page).to.contain("A note &lt;of&gt; the protocol.");
    expect(page).not.to.match(/(src|href)=/);
    for (const name of ["roc", "precision-recall", "reliability", "cost"]) {
      const svg = await readFile(join(folder, "report", `${name}.svg`), "utf8");
      expect(svg.startsWith("<svg ") && svg.endsWith("</svg>\n"), name).to.equal(true);
      expect(svg, name).not.to.contain("NaN");
    }
    const written: unknown = JSON.parse(await readFile(join(folder, "report", "result.json"), "utf8"));
    expect(written).to.deep.equal(JSON.parse(JSON.stringify(made.result)));
  });

  it("keeps the newest result of every protocol and the newest run's figures in front", async () => {
    const path = join(folder, "results", "evaluate.json");
    await mergeResult(path, { protocol: "b", evaluate: { integer: 1 } });
    await mergeResult(path, { protocol: "a", evaluate: { integer: 2 } });
    await mergeResult(path, { protocol: "b", evaluate: { integer: 3 } });
    expect(JSON.parse(await readFile(path, "utf8"))).to.deep.equal({
      evaluate: { integer: 3 },
      protocols: {
        a: { protocol: "a", evaluate: { integer: 2 } },
        b: { protocol: "b", evaluate: { integer: 3 } },
      },
    });
  });

  it("refuses to write over a results file that is not JSON", async () => {
    const path = join(folder, "broken.json");
    await writeFile(path, "{");
    const failure = await mergeResult(path, { protocol: "a", evaluate: {} }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(EvaluateError);
    expect(await readFile(path, "utf8")).to.equal("{");
  });
});
