import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { parseSample } from "../../oracle/src/train/sample.ts";
import type { LabelledAccount } from "../../oracle/src/train/payments.ts";
import { Cashier } from "../../scripts/demo/cashier.ts";
import { DemoClock } from "../../scripts/demo/clock.ts";
import { demoWallet, payeeAddress } from "../../scripts/demo/identity.ts";
import { needs, schedule } from "../../scripts/demo/stream.ts";
import { startStack, type Stack } from "../../scripts/stack/stack.ts";

const sample = new URL("../../oracle/samples/ethereum-2017/", import.meta.url).pathname;
const seed = 7;
const genesisSeconds = 1_500_000_000;

async function withStack<T>(use: (stack: Stack) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-e2e-"));
  const stack = await startStack({
    directory,
    deployments: directory,
    genesisSeconds,
    keySeed: "sluice e2e",
    pollIntervalMs: 10,
    auditShare: 0,
    progress: () => undefined,
  });
  try {
    return await use(stack);
  } finally {
    await stack.stopAll();
    await rm(directory, { recursive: true });
  }
}

/** Two honest and two illicit accounts with several payments, the labels as given or inverted. */
async function accounts(inverted: boolean): Promise<LabelledAccount[]> {
  const all = parseSample(
    await readFile(join(sample, "payments.csv"), "utf8"),
    await readFile(join(sample, "labels.csv"), "utf8"),
  );
  const pick = (illicit: boolean): LabelledAccount[] =>
    all.filter((account) => account.illicit === illicit && account.payments.length >= 8).slice(0, 2);
  const chosen = [...pick(false), ...pick(true)];
  return chosen.map((account) => ({
    ...account,
    illicit: account.illicit !== inverted,
    payments: account.payments.slice(0, 8),
  }));
}

/** What the nodes sign for each payment: asOf, its hash, the facts, the signatures. */
async function signedFor(drawn: readonly LabelledAccount[]): Promise<string[]> {
  return withStack(async (stack) => {
    const clock = await DemoClock.take(stack);
    const cashier = await Cashier.open(stack, clock);
    const payments = schedule(drawn, seed, clock.now + 3_600);
    await cashier.fund(needs(payments));
    const signed: string[] = [];
    for (const [index, { payer, account, amount, time }] of payments.entries()) {
      const wallet = demoWallet("payer", payer);
      const terms = cashier.termsFor(wallet.address, payeeAddress(account), amount, Math.max(time, clock.now));
      const payment = await cashier.authorize(wallet, terms, time);
      const answer = await cashier.attest(stack.plans[index % 3]?.url ?? "", terms);
      if (answer === undefined) throw new Error(`no quorum for ${payment.id}, seed ${seed}`);
      if (answer.band !== "Allow") await cashier.postedBand(payment);
      signed.push(answer.attestation.slice(2 + 2 * 40, 2 + 2 * 72));
    }
    return signed;
  });
}

describe("three oracle processes on a chain", () => {
  it("sign identical facts when every label of the sample is inverted", async () => {
    const asGiven = await signedFor(await accounts(false));
    const inverted = await signedFor(await accounts(true));
    expect(asGiven).to.have.length(32);
    expect(new Set(asGiven).size).to.be.greaterThan(16);
    expect(inverted).to.deep.equal(asGiven);
  });

  it("stop cleanly, and one that was killed comes back with the same answer", async () => {
    await withStack(async (stack) => {
      const clock = await DemoClock.take(stack);
      const cashier = await Cashier.open(stack, clock);
      const wallet = demoWallet("payer", "e2e");
      await cashier.fund(new Map([[wallet.address, 10n ** 18n]]));
      const terms = cashier.termsFor(wallet.address, demoWallet("payee", "e2e").address, 10n ** 18n, clock.now + 60);
      await cashier.authorize(wallet, terms, clock.now + 60);
      const [plan] = stack.plans;
      if (plan === undefined) throw new Error("no node was planned");
      const before = await cashier.attest(plan.url, terms);
      const killed = stack.nodes.get(plan);
      killed?.child.kill("SIGKILL");
      await stack.restart(plan);
      const after = await cashier.attest(plan.url, terms);
      expect(after?.attestation.slice(0, 2 + 2 * 72)).to.equal(before?.attestation.slice(0, 2 + 2 * 72));
      expect(after?.band).to.equal("Allow");
    });
  });
});
