import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import type { Result } from "../../oracle/src/evaluate/result.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";

const SAMPLE = "oracle/samples/ethereum-2017";
const READY = ["--format", "ethereum", "--protocol", "ethereum-payments", "--model", "eth2017-2"];
const DATA = ["--data", `${SAMPLE}/payments.csv`, "--labels", `${SAMPLE}/labels.csv`];

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function evaluate(...args: string[]): Promise<Finished> {
  const child = spawn(process.execPath, ["oracle/src/evaluate/cli.ts", ...args], {
    env: { ...process.env, ORACLE_TF_BACKEND: "cpu" },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Sixty days of shopping; a thief spends a customer's money in one shop, ten times the usual amount. */
function shopping(seed: number): string {
  const random = mulberry32(seed);
  const lines = ["when,card,shop,eur,stolen"];
  for (let index = 0; index < 6_000; index++) {
    const time = new Date(1_767_225_600_000 + index * 864_000).toISOString();
    const stolen = random() < 0.05;
    const amount = ((stolen ? 200 : 20) * (0.5 + random())).toFixed(2);
    const shop = stolen ? Math.floor(3 * random()) : Math.floor(30 * random());
    lines.push(`${time},card${Math.floor(40 * random())},shop${shop},${amount},${stolen ? 1 : 0}`);
  }
  return `${lines.join("\n")}\n`;
}

describe("npm run evaluate", function () {
  this.timeout(240_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-evaluate-cli-"));
  });

  after(() => rm(folder, { recursive: true }));

  it("measures the shipped model on the project's own sample, prints JSON, keeps it, and writes a report", async () => {
    const [results, out] = [join(folder, "evaluate.json"), join(folder, "report")];
    const { code, stdout, stderr } = await evaluate(...READY, ...DATA, "--results", results, "--out", out, "--json");
    expect([code, stderr]).to.deep.equal([0, ""]);
    const result = JSON.parse(stdout) as Result;
    expect(result.evaluate.integer.auc).to.be.greaterThan(0.85);
    expect(result.evaluate.firstDay.integer).to.have.property("ap");
    const kept = JSON.parse(await readFile(results, "utf8")) as { protocols: Record<string, unknown> };
    expect(kept.protocols["ethereum-payments"]).to.deep.equal(result);
    expect(await readFile(join(out, "report.html"), "utf8")).to.contain("<svg ");
  });

  it("trains on anybody's columns and ranks the planted frauds of the last days above the rest (seed 3)", async () => {
    const [data, results] = [join(folder, "shopping.csv"), join(folder, "generic.json")];
    await writeFile(data, shopping(3));
    const columns = "payer=card,payee=shop,amount=eur,time=when,fraud=stolen";
    const base = ["--format", "generic", "--data", data, "--results", results, "--seeds", "1", "--recipe", "plain"];
    const { code, stdout, stderr } = await evaluate(...base, "--columns", columns);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout.indexOf("First day")).to.be.within(1, stdout.indexOf("With labels") - 1);
    const kept = JSON.parse(await readFile(results, "utf8")) as { evaluate: Result["evaluate"] };
    expect(kept.evaluate.integer.auc).to.be.greaterThan(0.9);
    expect(kept.evaluate.float?.auc).to.be.greaterThan(0.9);
  });

  it("prints its usage when run bare", async () => {
    const { code, stdout } = await evaluate();
    expect(code).to.equal(0);
    expect(stdout).to.contain("Usage: npm run evaluate");
  });

  const mistakes: readonly (readonly [what: string, args: string[], says: string])[] = [
    ["a missing file", [...READY, "--data", "absent.csv", "--labels", "absent.csv"], "cannot read absent.csv"],
    ["missing labels", [...READY, "--data", `${SAMPLE}/payments.csv`], "--labels FILE"],
    ["missing columns", ["--format", "generic", "--data", "x.csv", "--model", "eth2017-2"], "--columns payer="],
    ["an unknown protocol", ["--format", "handbook", "--protocol", "weekly", "--data", "x"], "no protocol weekly"],
    ["an unknown format", ["--format", "excel", "--data", "x"], "expected handbook, ethereum, generic"],
    ["an unknown model", [...READY.slice(0, 4), ...DATA, "--model", "none-1"], "oracle/models/none-1"],
    ["an unknown recipe", [...READY.slice(0, 4), ...DATA, "--recipe", "magic"], "no recipe magic"],
    ["seeds that are none", [...READY, ...DATA, "--seeds", "few"], "--seeds must be a whole number"],
  ];
  for (const [what, args, says] of mistakes) {
    it(`refuses ${what} and says what to do`, async () => {
      const { code, stdout, stderr } = await evaluate(...args, "--results", join(folder, "unused.json"));
      expect(code).to.equal(1);
      expect(stdout).to.equal("");
      expect(stderr)
        .to.match(/^EvaluateError: /)
        .and.to.contain(says);
    });
  }
});
