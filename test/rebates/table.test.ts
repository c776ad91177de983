import { expect } from "chai";

import { OracleError } from "../../oracle/src/errors.ts";
import { parseTable } from "../../oracle/src/rebates/table.ts";
import { account, table, TOKEN } from "./story.ts";

function problems(value: unknown): readonly string[] {
  try {
    parseTable(value);
  } catch (error) {
    if (error instanceof OracleError && error.code === "REBATES_INVALID")
      return error.details?.["problems"] as string[];
    throw error;
  }
  return [];
}

describe("rebates: tier table", () => {
  const valid = table();
  const [first, second] = valid.tokens[TOKEN]?.tiers ?? [];
  const tiers = (...list: readonly unknown[]) => ({ ...valid, tokens: { [TOKEN]: { tiers: list } } });

  it("has one hash, however its file is written", () => {
    const turned = Object.fromEntries(Object.entries(valid).reverse());
    expect(JSON.stringify(turned)).not.to.equal(JSON.stringify(valid));
    expect(parseTable(turned).hash).to.equal(parseTable(valid).hash);
    expect(parseTable({ ...valid, holdSeconds: 1 }).hash).not.to.equal(parseTable(valid).hash);
  });

  it("refuses what is no table, all problems at once", () => {
    expect(problems(valid)).to.deep.equal([]);
    const wrong: readonly unknown[] = [
      null,
      { ...valid, version: 2 },
      { ...valid, holdSeconds: -1 },
      { ...valid, rebateTo: "operator" },
      { ...valid, tokens: {} },
      { ...valid, tokens: { [TOKEN.toUpperCase()]: valid.tokens[TOKEN] } },
      tiers(),
      tiers({ ...first, minVolume: "5" }),
      tiers({ ...first, minVolume: "0.5" }),
      tiers(first, { ...second, minVolume: "0" }),
    ];
    for (const value of wrong) expect(problems(value), JSON.stringify(value)).to.have.length.greaterThan(0);
    expect(problems({ ...valid, version: 2, holdSeconds: -1 })).to.have.length(2);
  });

  it("leaves something of every fee", () => {
    expect(problems(tiers({ ...first, commissionBps: 9_000, rebateBps: 999 }))).to.deep.equal([]);
    expect(problems(tiers({ ...first, commissionBps: 9_000, rebateBps: 1_000 }))).to.have.length(1);
  });

  it("knows no way to name an account", () => {
    expect(problems({ ...valid, accounts: { [account("friend")]: 1 } })).to.have.length(1);
    expect(problems(tiers({ ...first, accounts: [account("friend")] }))).to.have.length(1);
  });
});
