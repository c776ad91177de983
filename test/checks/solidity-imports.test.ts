import { expect } from "chai";
import { join } from "node:path";

import { checkSolidityImports } from "../../scripts/check/solidityImports.ts";
import { withFolder } from "./folder.ts";

const importing = (...paths: string[]): string =>
  paths.map((path) => `import {\n    Thing\n} from "${path}";\n`).join("") + "contract A {}\n";

async function linesFor(files: Record<string, string>): Promise<string[]> {
  const named = Object.entries(files).map(([path, text]) => [`contracts/${path}`, text] as const);
  const finding = await withFolder(Object.fromEntries(named), (root) => checkSolidityImports(join(root, "contracts")));
  return finding.lines;
}

describe("check: Solidity imports", () => {
  const refused: [from: string, path: string, problem: RegExp][] = [
    ["escrow/A.sol", "../risk/B.sol", /^escrow\/A\.sol imports risk\/B\.sol: escrow may import/],
    ["risk/epochs/A.sol", "../../escrow/B.sol", /^risk\/epochs\/A\.sol imports escrow\/B\.sol: risk may import/],
    ["channels/A.sol", "../governance/B.sol", /channels may import itself, types, interfaces, libraries$/],
    ["escrow/A.sol", "../mocks/B.sol", /only mocks import mocks$/],
    ["libraries/A.sol", "../escrow/B.sol", /libraries may import itself, types, interfaces$/],
    ["interfaces/A.sol", "../libraries/B.sol", /interfaces may import itself, types$/],
    ["types/A.sol", "../interfaces/B.sol", /types may import itself$/],
    ["escrow/A.sol", "../../outside/B.sol", /outside of contracts\/$/],
  ];
  for (const [from, path, problem] of refused) {
    it(`refuses ${path} from ${from}`, async () => {
      const lines = await linesFor({ [from]: importing(path) });
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(problem);
    });
  }

  it("refuses a cycle and shows it", async () => {
    const lines = await linesFor({ "escrow/A.sol": importing("./B.sol"), "escrow/B.sol": importing("./A.sol") });
    expect(lines).to.deep.equal(["cycle: escrow/A.sol → escrow/B.sol → escrow/A.sol"]);
  });

  it("takes interfaces, types, libraries, the own domain and packages", async () => {
    const lines = await linesFor({
      "escrow/A.sol": importing(
        "../interfaces/I.sol",
        "../types/T.sol",
        "../libraries/L.sol",
        "./B.sol",
        "@openzeppelin/x.sol",
      ),
      "risk/epochs/E.sol": importing("../Base.sol"),
      "interfaces/I.sol": importing("../types/T.sol"),
      "libraries/L.sol": importing("../types/T.sol", "../interfaces/I.sol"),
      "mocks/M.sol": importing("../escrow/A.sol", "../risk/epochs/E.sol"),
    });
    expect(lines).to.deep.equal([]);
  });
});
