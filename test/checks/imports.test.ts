import { expect } from "chai";
import { createRequire } from "node:module";
import { dirname, relative } from "node:path/posix";

import { checkImports } from "../../scripts/check/tools.ts";
import { withFolder } from "./folder.ts";

const leaf = "export const leaf = 1;\n";
const packages = ["hardhat", "ethers", "zod", "express"];

/** Imports that must be refused: which rule, from which file, of what (a file of the project or a package). */
const refused: [rule: string, from: string, to: string][] = [
  ["no-unresolved", "scripts/unresolved.ts", "scripts/absent.ts"],
  ["sdk-stands-alone", "sdk/src/takes-oracle.ts", "oracle/src/leaf.ts"],
  ["sdk-stands-alone", "sdk/src/takes-web.ts", "web/leaf.ts"],
  ["sdk-stands-alone", "sdk/src/takes-artifacts.ts", "artifacts/leaf.ts"],
  ["sdk-stands-alone", "sdk/src/takes-hardhat.ts", "hardhat"],
  ["sdk-runs-anywhere", "sdk/src/takes-fs.ts", "node:fs"],
  ["sdk-runs-anywhere", "sdk/src/takes-zod.ts", "zod"],
  ...["facts", "model", "policy"].flatMap((folder): [string, string, string][] => [
    ["pure-core-does-no-io", `oracle/src/${folder}/takes-fs.ts`, "node:fs"],
    ["pure-core-does-no-io", `oracle/src/${folder}/takes-store.ts`, "oracle/src/store/leaf.ts"],
    ["pure-core-does-no-io", `oracle/src/${folder}/takes-express.ts`, "express"],
  ]),
  ["oracle-is-a-product", "oracle/src/takes-web.ts", "web/leaf.ts"],
  ["oracle-is-a-product", "oracle/src/takes-hardhat.ts", "hardhat"],
  ["oracle-is-a-product", "oracle/src/takes-test.ts", "test/leaf.ts"],
  ["web-knows-sdk-and-api", "web/takes-oracle.ts", "oracle/src/leaf.ts"],
  ["web-knows-sdk-and-api", "web/takes-artifacts.ts", "artifacts/leaf.ts"],
  ["sdk-through-its-door", "oracle/src/takes-terms.ts", "sdk/src/leaf.ts"],
  ["no-tests-in-product", "scripts/takes-test.ts", "test/leaf.ts"],
  ["benches-use-helpers-only", "bench/takes-test.ts", "test/leaf.ts"],
];

const taken: [from: string, to: string][] = [
  ["sdk/src/index.ts", "ethers"],
  ["oracle/src/facts/good.ts", "ethers"],
  ["oracle/src/model/good.ts", "oracle/src/facts/good.ts"],
  ["oracle/src/policy/good.ts", "oracle/src/model/good.ts"],
  ["oracle/src/store/good.ts", "oracle/src/policy/good.ts"],
  ["oracle/src/api/good.ts", "express"],
  ["oracle/src/attest/good.ts", "sdk/src/index.ts"],
  ["web/good.ts", "sdk/src/index.ts"],
  ["test/good.ts", "oracle/src/facts/good.ts"],
  ["test/chain.ts", "hardhat"],
  ["bench/good.ts", "test/oracle/support/leaf.ts"],
];

/** A project of small files, each with one import. */
function project(imports: [from: string, to: string][]): Record<string, string> {
  const names = Object.fromEntries(packages.map((name) => [name, "1.0.0"]));
  const files: Record<string, string> = { "package.json": JSON.stringify({ type: "module", dependencies: names }) };
  for (const name of packages) {
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, version: "1.0.0", exports: "./index.js" });
    files[`node_modules/${name}/index.js`] = leaf;
  }
  for (const [, to] of imports) if (to.endsWith("leaf.ts")) files[to] = leaf;
  for (const [from, to] of imports) {
    const path = relative(dirname(from), to);
    const specifier = to.endsWith(".ts") ? (path.startsWith(".") ? path : `./${path}`) : to;
    files[from] = `import ${JSON.stringify(specifier)};\n`;
  }
  return files;
}

const cycles = {
  "scripts/ring-a.ts": 'import "./ring-b.ts";\n',
  "scripts/ring-b.ts": 'import "./ring-a.ts";\n',
  "oracle/src/ring-a.ts": 'import type { B } from "./ring-b.ts";\nexport type A = B;\n',
  "oracle/src/ring-b.ts": 'import type { C } from "./ring-c.ts";\nexport type B = C;\n',
  "oracle/src/ring-c.ts": 'import type { A } from "./ring-a.ts";\nexport type C = A;\n',
};

describe("check: imports", () => {
  let lines: string[] = [];
  before(async () => {
    const files = { ...project(refused.map(([, from, to]) => [from, to])), ...cycles };
    const finding = await withFolder(files, checkImports);
    expect(finding.ok).to.equal(false);
    lines = finding.lines.map((line) => line.trim());
  });

  for (const [rule, from, to] of refused) {
    it(`${rule} refuses ${to} in ${from}`, () => {
      expect(lines.some((line) => line.startsWith(`error ${rule}: ${from} `))).to.equal(true, lines.join("\n"));
    });
  }

  for (const from of ["scripts/ring-a.ts", "oracle/src/ring-a.ts"]) {
    it(`no-cycle refuses the ring through ${from}`, () => {
      expect(lines.some((line) => line.startsWith(`error no-cycle: ${from} `))).to.equal(true, lines.join("\n"));
    });
  }

  it("takes imports that follow the rules", async () => {
    const finding = await withFolder(project(taken), checkImports);
    expect(finding.ok, finding.lines.join("\n")).to.equal(true);
  });

  it("has a refused example for every rule there is", () => {
    const require = createRequire(import.meta.url);
    const { forbidden } = require("../../.dependency-cruiser.cjs") as { forbidden: { name: string }[] };
    const shown = new Set(["no-cycle", ...refused.map(([rule]) => rule)]);
    expect(forbidden.map(({ name }) => name).filter((name) => !shown.has(name))).to.deep.equal([]);
  });
});
