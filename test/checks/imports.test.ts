import { expect } from "chai";
import { createRequire } from "node:module";

import { checkImports } from "../../scripts/check/tools.ts";
import { withFolder } from "./folder.ts";

/** Packages as an import finds them. */
const packages = Object.fromEntries(
  ["hardhat", "ethers", "zod", "express"].flatMap((name) => [
    [
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: "1.0.0", type: "module", exports: "./index.js" }),
    ],
    [`node_modules/${name}/index.js`, "export const something = 1;\n"],
  ]),
);
const rootPackage = {
  "package.json": JSON.stringify({
    type: "module",
    dependencies: { ethers: "1.0.0", zod: "1.0.0", express: "1.0.0", hardhat: "1.0.0" },
  }),
};
const leaf = "export const leaf = 1;\n";
const importOf = (path: string): string => `import ${JSON.stringify(path)};\n`;

type Violation = { rule: string; what: string; files: Record<string, string> };

const violations: Violation[] = [
  {
    rule: "no-cycle",
    what: "two files that import each other",
    files: { "scripts/a.ts": importOf("./b.ts"), "scripts/b.ts": importOf("./a.ts") },
  },
  {
    rule: "no-cycle",
    what: "three files in a ring of type imports",
    files: {
      "oracle/src/a.ts": 'import type { B } from "./b.ts";\nexport type A = B;\n',
      "oracle/src/b.ts": 'import type { C } from "./c.ts";\nexport type B = C;\n',
      "oracle/src/c.ts": 'import type { A } from "./a.ts";\nexport type C = A;\n',
    },
  },
  { rule: "no-unresolved", what: "an import of nothing", files: { "scripts/a.ts": importOf("./absent.ts") } },
  {
    rule: "sdk-stands-alone",
    what: "the SDK importing the oracle",
    files: { "sdk/src/a.ts": importOf("../../oracle/src/leaf.ts"), "oracle/src/leaf.ts": leaf },
  },
  {
    rule: "sdk-stands-alone",
    what: "the SDK importing the console",
    files: { "sdk/src/a.ts": importOf("../../web/leaf.ts"), "web/leaf.ts": leaf },
  },
  { rule: "sdk-stands-alone", what: "the SDK importing Hardhat", files: { "sdk/src/a.ts": importOf("hardhat") } },
  { rule: "sdk-runs-anywhere", what: "the SDK importing node:fs", files: { "sdk/src/a.ts": importOf("node:fs") } },
  { rule: "sdk-runs-anywhere", what: "the SDK importing zod", files: { "sdk/src/a.ts": importOf("zod") } },
  ...["facts", "model", "policy"].flatMap((folder): Violation[] => [
    {
      rule: "pure-core-does-no-io",
      what: `oracle/src/${folder} importing node:fs`,
      files: { [`oracle/src/${folder}/a.ts`]: importOf("node:fs") },
    },
    {
      rule: "pure-core-does-no-io",
      what: `oracle/src/${folder} importing the store`,
      files: { [`oracle/src/${folder}/a.ts`]: importOf("../store/leaf.ts"), "oracle/src/store/leaf.ts": leaf },
    },
    {
      rule: "pure-core-does-no-io",
      what: `oracle/src/${folder} importing express`,
      files: { [`oracle/src/${folder}/a.ts`]: importOf("express") },
    },
  ]),
  {
    rule: "oracle-is-a-product",
    what: "the oracle importing the console",
    files: { "oracle/src/a.ts": importOf("../../web/leaf.ts"), "web/leaf.ts": leaf },
  },
  {
    rule: "oracle-is-a-product",
    what: "the oracle importing Hardhat",
    files: { "oracle/src/a.ts": importOf("hardhat") },
  },
  {
    rule: "oracle-is-a-product",
    what: "the oracle importing test code",
    files: { "oracle/src/a.ts": importOf("../../test/leaf.ts"), "test/leaf.ts": leaf },
  },
  {
    rule: "web-knows-sdk-and-api",
    what: "the console importing the oracle",
    files: { "web/a.ts": importOf("../oracle/src/leaf.ts"), "oracle/src/leaf.ts": leaf },
  },
  {
    rule: "web-knows-sdk-and-api",
    what: "the console importing compiled contracts",
    files: { "web/a.ts": importOf("../artifacts/leaf.ts"), "artifacts/leaf.ts": leaf },
  },
  {
    rule: "sdk-through-its-door",
    what: "the oracle importing the SDK's insides",
    files: { "oracle/src/a.ts": importOf("../../sdk/src/terms.ts"), "sdk/src/terms.ts": leaf },
  },
  {
    rule: "no-tests-in-product",
    what: "a script importing test code",
    files: { "scripts/a.ts": importOf("../test/leaf.ts"), "test/leaf.ts": leaf },
  },
];

describe("check: imports", () => {
  for (const { rule, what, files } of violations) {
    it(`${rule} refuses ${what}`, async () => {
      const finding = await withFolder({ ...packages, ...rootPackage, ...files }, checkImports);
      expect(finding.ok).to.equal(false);
      expect(finding.lines.join("\n")).to.match(new RegExp(`error ${rule}: `));
    });
  }

  it("takes imports that follow the rules", async () => {
    const files = {
      "sdk/src/index.ts": importOf("ethers") + importOf("./leaf.ts"),
      "sdk/src/leaf.ts": leaf,
      "oracle/src/facts/a.ts": importOf("ethers"),
      "oracle/src/model/a.ts": importOf("../facts/a.ts"),
      "oracle/src/policy/a.ts": importOf("../model/a.ts"),
      "oracle/src/store/a.ts": importOf("node:fs") + importOf("../policy/a.ts") + importOf("zod"),
      "oracle/src/api/a.ts": importOf("express") + importOf("../../../sdk/src/index.ts"),
      "web/a.ts": importOf("../sdk/src/index.ts"),
      "test/a.ts": importOf("../oracle/src/facts/a.ts") + importOf("hardhat"),
    };
    const finding = await withFolder({ ...packages, ...rootPackage, ...files }, checkImports);
    expect(finding.lines.filter((line) => line.includes("error"))).to.deep.equal([]);
    expect(finding.ok).to.equal(true);
  });

  it("has a violating example for every rule there is", () => {
    const require = createRequire(import.meta.url);
    const { forbidden } = require("../../.dependency-cruiser.cjs") as { forbidden: { name: string }[] };
    const shown = new Set(violations.map(({ rule }) => rule));
    expect(forbidden.map(({ name }) => name).filter((name) => !shown.has(name))).to.deep.equal([]);
  });
});
