import { expect } from "chai";

import { warningsOf } from "../../scripts/check/solcWarnings.ts";

const head = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n";
const careless = `${head}contract A { function f() external pure { uint256 unused; } }\n`;

function inputOf(file: string, content: string) {
  return { language: "Solidity", settings: { outputSelection: {} }, sources: { [file]: { content } } };
}

describe("check: compiler warnings", () => {
  it("are refused in our own files", () => {
    const [line, ...others] = warningsOf(inputOf("project/contracts/A.sol", careless));
    expect(line).to.match(/^contracts\/A\.sol: Unused local variable.* \(2072\)$/);
    expect(others).to.deep.equal([]);
  });

  it("are left to their authors in packages", () => {
    expect(warningsOf(inputOf("npm/package@1.0.0/A.sol", careless))).to.deep.equal([]);
  });

  it("are absent from clean code", () => {
    expect(warningsOf(inputOf("project/contracts/A.sol", `${head}contract A {}\n`))).to.deep.equal([]);
  });
});
