import { expect } from "chai";

import { History, HistoryError, type HistoryEvent } from "../../oracle/src/facts/history.ts";
import type { HistoryView } from "../../oracle/src/facts/views.ts";

const DAY = 86_400;

/** A day a block; block 1 is day 1. */
function place(day: number): { block: number; logIndex: number; time: number } {
  return { block: day, logIndex: 0, time: day * DAY };
}

function paid(
  day: number,
  changes: { id?: string; payer?: string; payee?: string; micro?: number } = {},
): HistoryEvent {
  const parties = { payer: "alice", payee: "shop", token: "t", micro: 1_000_000 };
  return { kind: "authorized", id: `p${day}`, ...parties, ...changes, ...place(day) };
}

function historyOf(...events: HistoryEvent[]): History {
  const history = new History();
  for (const event of events) history.append(event);
  return history;
}

function viewAt(history: History, day: number, id = "judged"): HistoryView {
  return history.viewOf({ id, payer: "alice", payee: "shop" }, day);
}

function fraudsAt(history: History, ...days: number[]): number[] {
  return days.map((day) => viewAt(history, day).payee.knownFrauds(0, Infinity));
}

describe("a label", () => {
  it("is a refund coded as fraud, from its block on; another refund is none", () => {
    const refund = { kind: "refunded", id: "p1", micro: 5 } as const;
    expect(fraudsAt(historyOf(paid(1), { ...refund, reasonCode: 1, ...place(3) }), 2, 3)).to.deep.equal([0, 1]);
    expect(fraudsAt(historyOf(paid(1), { ...refund, reasonCode: 0, ...place(3) }), 3)).to.deep.equal([0]);
  });

  it("is a ruling that gives more to the payer; an even one and one for the payee are none", () => {
    const ruling = (toPayee: number, toPayer: number): History =>
      historyOf(paid(1), { kind: "ruled", id: "p1", toPayee, toPayer, ...place(3) });
    expect(fraudsAt(ruling(4, 6), 2, 3)).to.deep.equal([0, 1]);
    expect(fraudsAt(ruling(5, 5), 3)).to.deep.equal([0]);
    expect(fraudsAt(ruling(6, 4), 3)).to.deep.equal([0]);
  });

  it("is an entry of the fraud list until it is taken off, and lasts where something else confirms it", () => {
    const listed = { list: "fraud", entries: ["p1"] } as const;
    const on: HistoryEvent = { kind: "listed", ...listed, ...place(2) };
    const off: HistoryEvent = { kind: "unlisted", ...listed, ...place(4) };
    expect(fraudsAt(historyOf(paid(1), on, off), 1, 2, 3, 4)).to.deep.equal([0, 1, 1, 0]);
    const confirmed: HistoryEvent = { kind: "labelled", id: "p1", ...place(3) };
    expect(fraudsAt(historyOf(paid(1), on, confirmed, off), 4)).to.deep.equal([1]);
  });

  it("counts once however often it is said", () => {
    const history = historyOf(
      paid(1),
      { kind: "labelled", id: "p1", ...place(2) },
      { kind: "refunded", id: "p1", micro: 1, reasonCode: 1, ...place(3) },
      { kind: "listed", list: "fraud", entries: ["p1", "p1"], ...place(4) },
    );
    expect(fraudsAt(history, 2, 3, 4)).to.deep.equal([1, 1, 1]);
    history.rollbackTo(2);
    expect(fraudsAt(history, 2)).to.deep.equal([1]);
    history.rollbackTo(1);
    expect(fraudsAt(history, 2)).to.deep.equal([0]);
  });

  it("has no effect on a payment that is unknown or dust, nor before the payment", () => {
    const early: HistoryEvent = { kind: "listed", list: "fraud", entries: ["p2"], ...place(1) };
    expect(fraudsAt(historyOf(early, paid(2)), 2)).to.deep.equal([0]);
    const dust = historyOf(paid(1, { micro: 999 }), { kind: "labelled", id: "p1", ...place(2) });
    expect([...fraudsAt(dust, 2), viewAt(dust, 2).payee.count]).to.deep.equal([0, 0]);
  });

  it("of the judged payment itself is left out of its own facts", () => {
    const history = historyOf(paid(1), paid(2), { kind: "labelled", id: "p2", ...place(3) });
    expect(viewAt(history, 3).payee.knownFrauds(0, Infinity)).to.equal(1);
    expect(viewAt(history, 3, "p2").payee.knownFrauds(0, Infinity)).to.equal(0);
  });
});

describe("the newest run of known frauds", () => {
  const history = historyOf(
    ...[1, 2, 3, 4, 5].map((day) => paid(day)),
    { kind: "labelled", id: "p3", ...place(10) },
    { kind: "labelled", id: "p5", ...place(11) },
    { kind: "labelled", id: "p4", ...place(12) },
  );
  const runAt = (day: number, before: number): unknown[] => {
    const { count, began, lastGood } = viewAt(history, day).payee.fraudRun(before * DAY);
    return [count, began && history.idOf(began), lastGood && history.idOf(lastGood)];
  };

  it("ends at the newest payment of the window and begins after the last good one", () => {
    expect(runAt(12, 6)).to.deep.equal([3, "p3", "p2"]);
    expect(runAt(12, 5)).to.deep.equal([2, "p3", "p2"]);
    expect(runAt(12, 3)).to.deep.equal([0, undefined, "p2"]);
    expect(runAt(12, 1)).to.deep.equal([0, undefined, undefined]);
  });

  it("knows only what was known by then", () => {
    expect(runAt(10, 6)).to.deep.equal([0, undefined, "p5"]);
    expect(runAt(11, 6)).to.deep.equal([1, "p5", "p4"]);
  });
});

describe("lists of accounts", () => {
  it("count among the counterparties of everybody who dealt with them before or deals with them later", () => {
    const history = historyOf(
      paid(1),
      { kind: "listed", list: "reported", entries: ["alice", "bob"], ...place(2) },
      paid(3, { payer: "bob" }),
      { kind: "listed", list: "sanctioned", entries: ["alice"], ...place(4) },
      { kind: "unlisted", list: "reported", entries: ["alice", "bob"], ...place(5) },
      { kind: "unlisted", list: "sanctioned", entries: ["alice"], ...place(6) },
    );
    const days = [1, 2, 3, 4, 5, 6];
    expect(days.map((day) => viewAt(history, day).payee.listedCounterparties)).to.deep.equal([0, 1, 2, 2, 1, 0]);
    expect(days.map((day) => viewAt(history, day).payerLists)).to.deep.equal([0, 2, 2, 3, 1, 0]);
    expect(viewAt(history, 3, "p3").payee.listedCounterparties).to.equal(1);
  });
});

describe("money after authorization", () => {
  it("counts by the time of the happening, for payee and payer, without the judged payment's own", () => {
    const history = historyOf(
      paid(1),
      paid(2),
      { kind: "captured", id: "p1", micro: 700, ...place(3) },
      { kind: "captured", id: "p1", micro: 300, ...place(4) },
      { kind: "captured", id: "p2", micro: 50, ...place(5) },
      { kind: "refunded", id: "p1", micro: 9, reasonCode: 1, ...place(6) },
    );
    const sums = (view: HistoryView): number[] => [
      view.payee.sumOf("captured", 4 * DAY, 6 * DAY),
      view.payer.sumOf("captured", 0, Infinity),
      view.payee.sumOf("refunded", 0, Infinity),
      view.payee.countOf("fraudRefunded", 0, Infinity),
    ];
    expect(sums(viewAt(history, 6))).to.deep.equal([350, 1_050, 9, 1]);
    expect(sums(viewAt(history, 5))).to.deep.equal([350, 1_050, 0, 0]);
    expect(sums(viewAt(history, 6, "p1"))).to.deep.equal([50, 50, 0, 0]);
  });

  it("is refused for a payment that was never authorized, and leaves nothing behind", () => {
    const history = historyOf(paid(1));
    for (const event of [
      { kind: "captured", id: "px", micro: 1 },
      { kind: "refunded", id: "px", micro: 1, reasonCode: 0 },
      { kind: "ruled", id: "px", toPayee: 1, toPayer: 2 },
      { kind: "labelled", id: "px" },
    ] as const) {
      expect(() => history.append({ ...event, ...place(2) }), event.kind).to.throw(
        HistoryError,
        "px was never authorized",
      );
    }
    expect(() => history.append({ kind: "captured", id: "p1", micro: -1, ...place(2) })).to.throw(HistoryError, "-1");
    expect(history.size).to.equal(1);
  });
});

describe("account streams", () => {
  it("keep transfers of nothing where the floor is zero, and count failures and calls", () => {
    const history = new History({ floorMicro: 0 });
    const transfer = { kind: "authorized", payer: "alice", payee: "shop", token: "t", micro: 0 } as const;
    history.append({ ...transfer, id: "a", failed: true, ...place(1) });
    history.append({ ...transfer, id: "b", call: true, ...place(2) });
    history.append({ ...transfer, id: "c", payer: "shop", payee: "bob", ...place(3) });
    const shop = history.accountView("shop", 3);
    expect([shop.in.count, shop.in.failedCount, shop.in.callCount, shop.out.count]).to.deep.equal([2, 1, 1, 1]);
    expect(shop.in.recent(2).map((entry) => [entry.failed, entry.call, entry.level])).to.deep.equal([
      [true, false, 0],
      [false, true, 0],
    ]);
    history.rollbackTo(0);
    expect(history.accountView("shop", 3).in.failedCount).to.equal(0);
  });
});
