import { expect } from "chai";

import { conflicts, hotSlots, longestChain, median, type Access } from "../../bench/contention/graph.ts";

const access = (reads: string[], writes: string[]): Access => ({ reads: new Set(reads), writes: new Set(writes) });

describe("the conflict graph of bench:contention", () => {
  it("finds write after write, read after write and write after read, and lets two reads be", () => {
    expect(conflicts(access([], ["a"]), access([], ["a"]))).to.equal(true);
    expect(conflicts(access([], ["a"]), access(["a"], []))).to.equal(true);
    expect(conflicts(access(["a"], []), access([], ["a"]))).to.equal(true);
    expect(conflicts(access(["a"], ["b"]), access(["a"], ["c"]))).to.equal(false);
  });

  it("counts the longest chain through different slots, in the order of the transactions", () => {
    const chain = [
      access([], ["a"]),
      access([], ["x"]),
      access([], ["a", "b"]),
      access(["b"], ["c"]),
      access([], ["c"]),
    ];
    expect(longestChain(chain)).to.equal(4);
    expect(longestChain([access([], ["a"]), access([], ["b"])])).to.equal(1);
    expect(longestChain([])).to.equal(0);
  });

  it("names the slots that are shared and written, the hottest first", () => {
    const all = [access(["r"], ["a"]), access(["r"], ["a"]), access(["r", "b"], ["a"]), access([], ["b", "own"])];
    expect(hotSlots(all)).to.deep.equal([
      ["a", 3],
      ["b", 2],
    ]);
  });

  it("takes the middle value, the lower of two", () => {
    expect(median([5, 1, 3])).to.equal(3);
    expect(median([4, 1])).to.equal(1);
    expect(() => median([])).to.throw("no median");
  });
});
