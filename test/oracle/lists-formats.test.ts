import { expect } from "chai";
import { getAddress, keccak256, toUtf8Bytes } from "ethers";

import { buildBatches, MOST_ENTRIES } from "../../oracle/src/compliance/batches.ts";
import { parseList } from "../../oracle/src/compliance/formats.ts";
import { diffList, standing } from "../../oracle/src/compliance/listDiff.ts";

const address = (name: string): string => `0x${keccak256(toUtf8Bytes(name)).slice(-40)}`;
const [a, b, c] = ["a", "b", "c"].map(address).sort() as [string, string, string];

/** The same address with the case of its first letter turned: its checksum is wrong. */
function mistyped(plain: string): string {
  const sum = getAddress(plain);
  const at = sum.slice(2).search(/[a-fA-F]/) + 2;
  const letter = sum[at] ?? "";
  return (
    sum.slice(0, at) +
    (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()) +
    sum.slice(at + 1)
  );
}

describe("oracle: public lists", () => {
  it("of one address a line are read with checksums, lower case, blank lines, comments and a byte order mark", () => {
    const parsed = parseList("ofac", `\uFEFF# extract\r\n${getAddress(b)}\r\n\r\n${a}\n${getAddress(b)}\n`);
    expect(parsed).to.deep.equal({ addresses: [a, b], repeated: 1, problems: [] });
  });

  it("in CSV are read from the column of addresses, quoted or not, under the names public files use", () => {
    const labels = `address,tag,is_contract\n${a},"Phish, 1",False\n"${getAddress(b)}",x,True\n`;
    expect(parseList("csv", labels).addresses).to.deep.equal([a, b]);
    expect(parseList("csv", `Banned_Address,wallet_tag\n${c},x\n`).addresses).to.deep.equal([c]);
    expect(parseList("csv", `tag,where\nx,${c}\n`, "where").addresses).to.deep.equal([c]);
  });

  it("are refused line by line: a mistyped digit, a short or foreign address, the zero address, unmatched quotes", () => {
    const text = `address\n${mistyped(a)}\n0x12\n0x${"0".repeat(40)}\nbc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq\n"${b}\n${c}\n`;
    const parsed = parseList("csv", text);
    expect(parsed.addresses).to.deep.equal([c]);
    expect(parsed.problems.map((problem) => problem.split(":")[0])).to.deep.equal(
      [2, 3, 4, 5, 6].map((n) => `line ${n}`),
    );
    expect(parseList("ofac", mistyped(a)).problems).to.have.length(1);
  });

  it("without a column of addresses are refused", () => {
    expect(parseList("csv", `who,what\n${a},x\n`).problems).to.have.length(1);
    expect(parseList("csv", `address\n${a}\n`, "wallet").problems).to.have.length(1);
  });
});

describe("oracle: a list beside the registry", () => {
  const event = { block: 1, head: "0x" };

  it("stands as its batches leave it, each list by itself", () => {
    const events = [
      { ...event, kind: 0, removal: false, sequence: 0, entries: [a, b] },
      { ...event, kind: 1, removal: false, sequence: 1, entries: [c] },
      { ...event, kind: 0, removal: true, sequence: 2, entries: [a, c] },
    ];
    expect([...standing(events, 0)]).to.deep.equal([b]);
    expect([...standing(events, 1)]).to.deep.equal([c]);
  });

  it("differs by what is added, removed and unchanged", () => {
    expect(diffList(new Set([a, b]), [b, c])).to.deep.equal({ added: [c], removed: [a], unchanged: [b] });
    expect(diffList(new Set(), [])).to.deep.equal({ added: [], removed: [], unchanged: [] });
  });

  it("becomes batches in the registry's order, additions first, none larger than a block takes", () => {
    const many = Array.from({ length: MOST_ENTRIES + 1 }, (_, index) => address(String(index)));
    const site = { chainId: 5, registry: getAddress(c) };
    const { batches } = buildBatches({ ...site, kind: "Sanctioned", sequence: 7, added: many, removed: [a] });
    expect(batches.map(({ sequence, removal, entries }) => [sequence, removal, entries.length])).to.deep.equal([
      [7, false, MOST_ENTRIES],
      [8, false, 1],
      [9, true, 1],
    ]);
    expect(batches[2]?.entries).to.deep.equal([`0x${"0".repeat(24)}${a.slice(2)}`]);
    expect(new Set(batches.map(({ digest }) => digest)).size).to.equal(3);
  });
});
