import { expect } from "chai";

import { Column, firstWhere, firstWhereNearEnd } from "../../oracle/src/facts/column.ts";
import { Interner, PairInterner } from "../../oracle/src/facts/interner.ts";
import { ListPool } from "../../oracle/src/facts/lists.ts";
import { RankTree } from "../../oracle/src/facts/rankTree.ts";
import { addTo, between, NOTHING } from "../../oracle/src/facts/sums.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 5);

describe("a column", () => {
  it("grows, is cut, and holds zeros where nothing was set", () => {
    const column = new Column("u32");
    column.set(40, 7);
    expect([column.length, column.get(39), column.get(40), column.get(41)]).to.deep.equal([41, 0, 7, 0]);
    column.truncate(40);
    column.set(45, 1);
    expect([column.get(40), column.get(45)]).to.deep.equal([0, 1]);
  });

  it("is one list across the edges of its chunks", () => {
    const random = mulberry32(SEED);
    const column = new Column("u16");
    const values: number[] = [];
    for (let index = 0; index < 200_000; index++) {
      values.push(Math.floor(random() * 65_536));
      column.push(values[index] ?? 0);
    }
    for (const [from, count, to] of [
      [10, 70_000, 150_000],
      [65_530, 12, 131_070],
      [0, 131_073, 262_143],
    ] as const) {
      column.move(from, count, to);
      for (let index = 0; index < count; index++) values[to + index] = values[from + index] ?? 0;
    }
    column.truncate(300_000);
    values.length = 300_000;
    column.set(400_000, 9);
    values[400_000] = 9;
    expect(column.length).to.equal(400_001);
    for (let index = 0; index <= 400_000; index++) {
      if (column.get(index) !== (values[index] ?? 0)) expect.fail(`value ${index} differs, seed ${SEED}`);
    }
  });

  it("finds the first place where a condition holds, from either end", () => {
    for (let length = 0; length < 40; length++) {
      for (let first = 0; first <= length; first++) {
        expect(firstWhere(0, length, (index) => index >= first)).to.equal(first);
        expect(firstWhereNearEnd(length, (index) => index >= first)).to.equal(first);
      }
    }
  });
});

describe("an interner", () => {
  it("gives each string one number and the string back, whatever is in it", () => {
    const interner = new Interner();
    const texts = ["", "a", "0x", "0xab", "0xAB", "0xabc", "0xzz", "äöü€😀", `0x${"0f".repeat(32)}`, "x".repeat(1_000)];
    // The bytes of "0xab" as text: only the kind tells them apart.
    texts.push(String.fromCharCode(0xab), "\u0000");
    const numbers = texts.map((text) => interner.add(text));
    expect(numbers).to.deep.equal(texts.map((_, index) => index));
    expect(texts.map((text) => interner.add(text))).to.deep.equal(numbers);
    expect(numbers.map((number) => interner.text(number))).to.deep.equal(texts);
    expect(interner.find("0xabcd")).to.equal(-1);
  });

  it("finds everything again after it grew, addresses that differ in one bit too", () => {
    const interner = new Interner();
    const name = (index: number): string => `0x${index.toString(16).padStart(40, "0")}`;
    for (let index = 0; index < 5_000; index++) interner.add(name(index));
    for (let index = 0; index < 5_000; index++) expect(interner.find(name(index))).to.equal(index);
    expect(interner.size).to.equal(5_000);
  });

  it("gives each pair one number; turned round it is another pair", () => {
    const pairs = new PairInterner();
    const expected = new Map<string, number>();
    for (let left = 0; left < 60; left++) {
      for (let right = 0; right < 60; right++) expected.set(`${left},${right}`, pairs.add(left, right));
    }
    expect(new Set(expected.values()).size).to.equal(3_600);
    expect([pairs.find(3, 4), pairs.find(4, 3)]).to.deep.equal([expected.get("3,4"), expected.get("4,3")]);
    expect([pairs.find(-1, 4), pairs.find(60, 0)]).to.deep.equal([-1, -1]);
  });
});

describe("lists in a pool", () => {
  it("hold what was pushed and not popped, in order, while others grow and shrink", () => {
    const random = mulberry32(SEED);
    const pool = new ListPool(["u32"]);
    const lists: number[][] = Array.from({ length: 20 }, () => []);
    for (let step = 1; step < 20_000; step++) {
      const list = Math.floor(random() * lists.length);
      const own = lists[list] ?? expect.fail("no list");
      if (random() < 0.4 && own.length > 0) {
        pool.pop(list);
        own.pop();
      } else {
        pool.column(0).set(pool.push(list), step);
        own.push(step);
      }
    }
    const held = lists.map((own, list) => own.map((_, index) => pool.column(0).get(pool.slot(list, index))));
    expect(held, `seed ${SEED}`).to.deep.equal(lists);
  });
});

describe("a rank tree", () => {
  it("counts values below a limit in any range as one by one, also after it was cut", () => {
    const random = mulberry32(SEED);
    const tree = new RankTree();
    const values: number[] = [];
    for (let round = 0; round < 40; round++) {
      const cut = Math.floor(random() * 200);
      values.length = Math.max(0, values.length - cut);
      tree.truncate(values.length);
      for (let more = Math.floor(random() * 400); more > 0; more--) {
        const value = Math.floor(random() * 500);
        values.push(value);
        tree.push(value);
      }
      for (let question = 0; question < 50; question++) {
        const [from = 0, to = 0] = [random(), random()]
          .map((x) => Math.floor(x * (values.length + 1)))
          .sort((a, b) => a - b);
        const limit = Math.floor(random() * 520);
        const expected = values.slice(from, to).filter((value) => value < limit).length;
        expect(tree.count(from, to, limit), `seed ${SEED}, [${from}, ${to}) below ${limit}`).to.equal(expected);
      }
    }
  });
});

describe("running totals", () => {
  const total = (count: number, micro: number): { low: number; high: number } =>
    Array.from({ length: count }).reduce<{ low: number; high: number }>((sum) => addTo(sum, micro), NOTHING);

  it("give exact differences although the totals are beyond exact numbers", () => {
    const before = total(100, 2 ** 48 - 1);
    const after = addTo(addTo(before, 3), 2 ** 47);
    expect(between(before, after)).to.equal(2 ** 47 + 3);
    expect(between(before, after, 2 ** 47)).to.equal(3);
    expect(between(NOTHING, total(31, 2 ** 48 - 1))).to.equal(31 * (2 ** 48 - 1));
  });

  it("stop at 2^53 - 1", () => {
    expect(between(NOTHING, total(33, 2 ** 48 - 1))).to.equal(2 ** 53 - 1);
    expect(between(NOTHING, total(1_000, 2 ** 48 - 1), 5)).to.equal(2 ** 53 - 1);
  });
});
