import { expect } from "chai";
import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

type Package = { scripts?: Record<string, string>; [field: string]: Record<string, string> | undefined };

const manifests = ["package.json", "oracle/package.json", "sdk/package.json"];
const fields = ["dependencies", "devDependencies", "optionalDependencies"];

async function readPackage(path: string): Promise<Package> {
  return JSON.parse(await readFile(path, "utf8")) as Package; // npm's own format
}

describe("docs: README", () => {
  it("says why each dependency is there", async () => {
    const readme = await readFile("README.md", "utf8");
    const manifestsRead = await Promise.all(manifests.map(readPackage));
    const names = manifestsRead.flatMap((manifest) => fields.flatMap((field) => Object.keys(manifest[field] ?? {})));
    const grouped = /^(@types\/|@nomicfoundation\/(hardhat-|ignition-)|@sluice\/)/;
    const unexplained = names.filter((name) => !grouped.test(name) && !readme.includes(`\`${name}\``));
    expect(unexplained).to.deep.equal([]);
  });

  it("names exactly the commands there are", async () => {
    const readme = await readFile("README.md", "utf8");
    const { scripts = {} } = await readPackage("package.json");
    const [, table = ""] = readme.split("| command | does |");
    const rows = (table.split("\n\n")[0] ?? "").split("\n").map((line) => line.split("|")[1] ?? "");
    const named = rows.flatMap((cell) => [...cell.matchAll(/`npm (?:run )?([a-z:-]+)`/g)].map((match) => match[1]));
    expect(named.toSorted()).to.deep.equal(Object.keys(scripts).toSorted());
  });

  it("has commands whose files exist", async () => {
    const { scripts = {} } = await readPackage("package.json");
    const files = Object.values(scripts).flatMap((command) => command.match(/[\w/.-]+\.(ts|mjs)\b/g) ?? []);
    expect(files.length).to.be.greaterThan(10);
    expect(files.filter((file) => !existsSync(file))).to.deep.equal([]);
  });

  it("starts demo and tests with the two commands, word for word", async () => {
    const readme = await readFile("README.md", "utf8");
    expect(readme).to.include("\nnpm ci && npm run demo\n");
    expect(readme).to.include("\nnpm ci && npm test\n");
  });
});

describe("docs: links", () => {
  it("lead to files that exist", async () => {
    const broken: string[] = [];
    for await (const page of glob(["*.md", "docs/**/*.md"])) {
      const text = await readFile(page, "utf8");
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)) {
        const outside = /^[a-z]+:/.test(target);
        if (!outside && !existsSync(join(dirname(page), target))) broken.push(`${page} → ${target}`);
      }
    }
    expect(broken).to.deep.equal([]);
  });
});
