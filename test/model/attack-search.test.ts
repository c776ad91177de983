import { expect } from "chai";

import { AGEINGS, aged } from "../../oracle/src/attack/age.ts";
import { attackCharts } from "../../oracle/src/attack/curves.ts";
import { EVASION, evade } from "../../oracle/src/attack/evade.ts";
import { frame, FRAMING, medianOf } from "../../oracle/src/attack/frame.ts";
import { attack } from "../../oracle/src/attack/run.ts";
import { type Deed, deedsOf, factsAfter, lineOf } from "../../oracle/src/attack/stream.ts";
import { attackText } from "../../oracle/src/attack/text.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { rank } from "../../oracle/src/model/reference.ts";
import { drawAccounts } from "../../oracle/src/train/sample.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { factRows } from "../../oracle/src/train/rows.ts";
import { sampleAccounts, shippedModel } from "./shipped.ts";

const SEED = 11;
const DAY = 86_400;

/** Six payments of one unit, an hour apart, by six payers. */
const STREAM: readonly Deed[] = Array.from({ length: 6 }, (_, index) => ({
  payer: `payer ${index}`,
  micro: 1_000_000,
  time: 3_600 * index,
}));

describe("the search for an evasion", () => {
  it("changes only what the evader owns, and within his limits", () => {
    const limits = { ...EVASION, own: 2, queries: 300 };
    let asked = 0;
    const found = evade(
      STREAM,
      3,
      0,
      (others, judged) => {
        asked += 1;
        expect(others.slice(0, 4)).to.deep.equal([...STREAM.slice(0, 2), ...STREAM.slice(4)]);
        for (const [deed, index] of [[others[4], 2] as const, [judged, 3] as const]) {
          const before = STREAM[index];
          expect(deed?.micro).to.be.within(800_000, 1_000_000);
          expect((deed?.time ?? 0) - (before?.time ?? 0)).to.be.within(0, DAY);
          expect([before?.payer, "fresh 1", "fresh 2", "fresh 3"]).to.include(deed?.payer);
        }
        return 1;
      },
      limits,
      mulberry32(SEED),
    );
    expect(found).to.equal(undefined);
    expect(asked).to.equal(300);
  });

  it("finds a narrow way where there is one, and says after how many queries", () => {
    const query = (_: readonly Deed[], judged: Deed): number =>
      judged.micro + (judged.payer === "fresh 2" ? 0 : 1_000_000);
    const found = evade(STREAM, 3, 801_000, query, EVASION, mulberry32(SEED));
    expect(found, `seed ${SEED}`).to.be.within(1, 1_000);
  });

  it("counts payments of others that come in while the evader waits", () => {
    const later = { ...(STREAM[3] ?? { payer: "", micro: 1 }), time: 3 * 3_600 + DAY };
    const others = STREAM.filter((_, index) => index !== 3);
    const slot = PAYMENT_SCHEMA.slots.findIndex(({ fact }) => fact === "payeeRecentCount");
    expect(factsAfter(PAYMENT_SCHEMA, others, later)[slot]).to.equal(6 * 5);
    expect(factsAfter(PAYMENT_SCHEMA, others, { ...later, time: 3 * 3_600 })[slot]).to.equal(6 * 3);
  });
});

describe("the search for a frame", () => {
  it("spends within the budget, within the window, by strangers, and judges the next three genuine payments", () => {
    const judgedTimes = new Set<number>();
    frame(
      STREAM,
      2,
      (others, judged) => {
        judgedTimes.add(judged.time);
        const strangers = others.filter(({ payer }) => payer.startsWith("stranger"));
        const spent = strangers.reduce((sum, { micro }) => sum + micro, 0);
        expect(spent).to.be.at.most(10 * medianOf(STREAM.slice(0, 2)));
        for (const { time, micro } of strangers) {
          expect(time).to.be.within(Math.max(0, 2 * 3_600 - 7 * DAY), 2 * 3_600);
          expect(micro).to.be.at.least(1_000);
        }
        return spent;
      },
      { ...FRAMING, queries: 200 },
      mulberry32(SEED),
    );
    expect([...judgedTimes]).to.deep.equal([2 * 3_600, 3 * 3_600, 4 * 3_600]);
  });
});

describe("ageing", () => {
  it("puts an account's own payments before its first real one, at their distance", () => {
    const older = aged(STREAM, { payments: 3, daysBetween: 7, payers: "one" });
    expect(older.slice(0, 4).map(({ time }) => time / DAY)).to.deep.equal([0, 7, 14, 21]);
    expect(older.slice(0, 3).map(({ payer }) => payer)).to.deep.equal(["own", "own", "own"]);
    expect(older.slice(3).map(({ micro, payer }) => [micro, payer])).to.deep.equal(
      STREAM.map(({ micro, payer }) => [micro, payer]),
    );
  });
});

describe("the shipped model under attack", () => {
  it("reads of a stream the facts that training reads", async () => {
    for (const account of (await sampleAccounts()).slice(0, 40)) {
      const deeds = deedsOf(account);
      const facts = deeds.map((deed, index) => factsAfter(PAYMENT_SCHEMA, deeds.slice(0, index), deed));
      expect(facts).to.deep.equal(factRows(PAYMENT_SCHEMA, [account]).map((row) => row.facts));
    }
  });

  it("knows its line: the lowest accumulator that is held", async () => {
    const model = await shippedModel();
    const line = lineOf(model, 9_700);
    expect(rank(model.knots, line)).to.be.at.least(9_700);
    expect(rank(model.knots, line - 1)).to.be.below(9_700);
  });

  it("keeps three of four stopped payments stopped, and lets no stranger have an honest payment blocked", async () => {
    const accounts = drawAccounts(await sampleAccounts(), SEED, { honest: 25, illicit: 12 });
    const settings = { seed: SEED, holdAt: 9_700, blockAt: 9_950, queries: 100, framed: 25, progress: () => undefined };
    const figures = attack(await shippedModel(), PAYMENT_SCHEMA, accounts, settings);
    const [own] = figures.evasion;
    expect(own?.stopped).to.be.at.least(50);
    expect(own?.flipped, `seed ${SEED}`).to.be.at.most(0.25);
    for (const row of figures.framing) expect(row.blocked, `${row.budget} medians`).to.equal(0);
    expect(figures.ageing).to.have.length(AGEINGS.length);
    expect(attack(await shippedModel(), PAYMENT_SCHEMA, accounts.slice(-3), settings)).to.deep.equal(
      attack(await shippedModel(), PAYMENT_SCHEMA, accounts.slice(-3), settings),
    );
    expect(attackText(figures)).to.include("| the judged payment |");
    for (const svg of attackCharts(figures).values()) expect(svg).to.match(/^<svg [^]*<\/svg>\n$/);
  }).timeout(60_000);
});
