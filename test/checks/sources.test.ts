import { expect } from "chai";
import { join } from "node:path";

import { checkContractSizes, largestCode, longestSource } from "../../scripts/check/contractSizes.ts";
import { hostsInLock } from "../../scripts/check/generatedFiles.ts";
import { checkLeftovers } from "../../scripts/check/leftovers.ts";
import { withFolder } from "./folder.ts";

function artifact(contractName: string, folder: string, bytes: number): Record<string, string> {
  const sourceName = `contracts/${folder}/${contractName}.sol`;
  const text = JSON.stringify({ contractName, sourceName, deployedBytecode: `0x${"00".repeat(bytes)}` });
  return { [`artifacts/${folder}/${contractName}.json`]: text };
}

async function sizeLines(files: Record<string, string>): Promise<string[]> {
  const finding = await withFolder(files, (root) =>
    checkContractSizes(join(root, "artifacts"), join(root, "contracts")),
  );
  return finding.lines.map((line) => line.replace(/^.*(contracts\/)/, "$1"));
}

describe("check: sizes", () => {
  it("refuses a contract that leaves less than a tenth of the limit free", async () => {
    const lines = await sizeLines({
      ...artifact("Big", "escrow", largestCode + 1),
      ...artifact("Fits", "risk", largestCode),
    });
    expect(lines).to.deep.equal([`Big: ${largestCode + 1} bytes of code, at most 22118 (EIP-170 less 10 %)`]);
  });

  it("lets mocks be as large as they like", async () => {
    expect(await sizeLines(artifact("Actor", "mocks", 30_000))).to.deep.equal([]);
  });

  it("refuses a source file that is too long, unless a model was compiled into it", async () => {
    const long = "// line\n".repeat(longestSource + 1);
    const lines = await sizeLines({
      ...artifact("Fits", "escrow", 10),
      "contracts/escrow/Long.sol": long,
      "contracts/risk/epochs/Model.sol": long,
    });
    expect(lines).to.deep.equal(["contracts/escrow/Long.sol: 551 lines, at most 550"]);
  });

  it("does not pass when nothing was compiled", async () => {
    expect(await sizeLines({})).to.deep.equal(["no artifacts: compile first"]);
  });
});

describe("check: leftovers", () => {
  const marks: [what: string, file: string, line: string][] = [
    ["a mark of unfinished work", "scripts/a.ts", `// ${"TO" + "DO"}: later`],
    ["a focused test", "test/a.ts", `it.${"on" + "ly"}("x", () => {});`],
    ["a test switched off", "test/a.ts", `describe.${"sk" + "ip"}("x", () => {});`],
    ["a path of one machine", "docs/a.md", `see \`/${"ho" + "me"}/someone/file\``],
  ];
  for (const [what, file, line] of marks) {
    it(`finds ${what}`, async () => {
      const finding = await withFolder({ [file]: `fine\n${line}\n` }, (root) => checkLeftovers(root));
      expect(finding.lines).to.have.length(1);
      expect(finding.lines[0]).to.match(new RegExp(`^${file.replace(".", "\\.")}:2: `));
    });
  }

  it("finds nothing in ordinary text", async () => {
    const text = "the homework, rooted; https://example.org/roots/x; todo in prose\n";
    const finding = await withFolder({ "docs/a.md": text, "scripts/a.ts": text }, (root) => checkLeftovers(root));
    expect(finding.lines).to.deep.equal([]);
  });
});

describe("check: lock file", () => {
  it("refuses a registry's address and takes workspace links", () => {
    const lock = `"resolved": "https://registry.example/x.tgz",\n"resolved": "oracle",\n`;
    expect(hostsInLock(lock)).to.have.length(1);
  });
});
