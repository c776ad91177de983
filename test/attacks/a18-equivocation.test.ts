import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect } from "chai";
import { equivocationProof, hotKeyDigest, type SignedFacts } from "@sluice/sdk";
import { computeAddress, parseEther, type SigningKey } from "ethers";

import { Cashier, type Payment } from "../../scripts/demo/cashier.ts";
import { DemoClock } from "../../scripts/demo/clock.ts";
import { demoWallet } from "../../scripts/demo/identity.ts";
import { nodeKey, planNodes, spawnOracle, untilReady, type NodePlan } from "../../scripts/stack/nodes.ts";
import { freePorts } from "../../scripts/stack/ports.ts";
import { askAsPeer } from "../oracle/support/peers.ts";
import { stop } from "../../scripts/stack/processes.ts";
import { startStack, type Stack } from "../../scripts/stack/stack.ts";

const keySeed = "sluice equivocation";
const bond = parseEther("10000");
const one = parseEther("1");
const MINUTE = 60;

/** What a node signs when a peer asks. */
type Said = SignedFacts & { asOf: number; asOfHash: string; signer: string };

type Scene = { stack: Stack; clock: DemoClock; cashier: Cashier; directory: string };

async function withScene(use: (scene: Scene) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-equivocation-"));
  const stack = await startStack({
    directory,
    deployments: directory,
    keySeed,
    pollIntervalMs: 10,
    auditShare: 0,
    progress: () => undefined,
  });
  try {
    const clock = await DemoClock.take(stack);
    const cashier = await Cashier.open(stack, clock);
    await cashier.fund(new Map([[demoWallet("payer", "twins").address, parseEther("1000")]]));
    await use({ stack, clock, cashier, directory });
  } finally {
    await stack.stopAll();
    await rm(directory, { recursive: true });
  }
}

/** Authorizes one token to the same payee, a minute later than the block before. */
async function pay({ cashier, clock }: Scene): Promise<Payment> {
  const payer = demoWallet("payer", "twins");
  const time = clock.now + MINUTE;
  return cashier.authorize(
    payer,
    cashier.termsFor(payer.address, demoWallet("payee", "twins").address, one, time),
    time,
  );
}

/** The node's own signature about the payment as of a block, as a peer gets it. */
async function ask(scene: Scene, plan: NodePlan, payment: Payment): Promise<Said> {
  const { ethers } = scene.stack.connection;
  const { authorizedBlock } = await scene.cashier.escrow.payment(payment.id);
  const block = await ethers.provider.getBlock(Number(authorizedBlock));
  const request = {
    terms: payment.terms,
    asOf: Number(authorizedBlock),
    asOfHash: block?.hash ?? "",
    epoch: scene.stack.deployment.epoch,
  };
  const { chainId, gate } = scene.stack.deployment;
  return scene.clock.until(`${plan.name}'s signature`, async () => {
    const asked = await askAsPeer({ chainId, gate }, nodeKey(2, keySeed), plan, "/v1/peer/attestations", request);
    const answer = asked.body as unknown as Said & { error?: { retriable: boolean } }; // what the API answers
    if (asked.status === 200) return answer;
    if (answer.error?.retriable !== true) throw new Error(`${plan.name} refused: ${JSON.stringify(answer)}`);
    return undefined;
  });
}

/** A second process with the first node's key and files of its own. */
async function startTwin({ stack, directory }: Scene, key: SigningKey): Promise<NodePlan> {
  const { rpcUrl, deploymentFile } = stack;
  const home = join(directory, "twin");
  const ports = await freePorts(1);
  const [plan] = await planNodes({ directory: home, rpcUrl, deploymentFile, keys: [key], ports, pollIntervalMs: 10 });
  if (plan === undefined) throw new Error("no twin was planned");
  const managed = spawnOracle(plan);
  stack.running.push(managed);
  stack.nodes.set(plan, managed);
  await untilReady(plan, managed);
  return plan;
}

/** Makes a stopped node forget the first payment it ever read, as a damaged disk or a dishonest operator would. */
async function forgetFirstPayment(scene: Scene, plan: NodePlan): Promise<void> {
  const managed = scene.stack.nodes.get(plan);
  if (managed !== undefined) await stop(managed);
  const database = new DatabaseSync(join(scene.directory, "twin", "node1", "data", "chain.sqlite"));
  const { changes } = database.prepare("DELETE FROM payments WHERE block = (SELECT MIN(block) FROM payments)").run();
  database.close();
  expect(changes).to.equal(1);
  await scene.stack.restart(plan);
}

/** An account that answers for the key with its bond. */
async function bonded({ stack, clock, cashier }: Scene, key: SigningKey) {
  const { ethers } = stack.connection;
  const { governance, chainId } = stack.deployment;
  if (governance === undefined) throw new Error("no governance is deployed");
  const [distributor, , , , , , account, reporter] = await ethers.getSigners();
  if (!distributor || !account || !reporter) throw new Error("the local chain has too few unlocked accounts");
  const token = await ethers.getContractAt("SluiceToken", governance.token, distributor);
  const stake = await ethers.getContractAt("SluiceStake", governance.stake, account);
  const attesters = await ethers.getContractAt("Attesters", governance.attesters, account);
  const gasLimit = 500_000n;
  const consent = key.sign(hotKeyDigest(account.address, { chainId, contract: governance.attesters })).serialized;
  cashier.expect("transfer", await token.transfer(account.address, bond, { gasLimit }));
  cashier.expect("approve", await token.connect(account).approve(governance.stake, bond, { gasLimit }));
  await clock.mine(clock.now + 1);
  cashier.expect("stake", await stake.stake(bond, { gasLimit }));
  cashier.expect("setHotKey", await attesters.setHotKey(computeAddress(key), consent, "", { gasLimit }));
  await clock.mine(clock.now + 1);
  cashier.expect("bond", await attesters.bond(bond, { gasLimit }));
  await clock.mine(clock.now + 1);
  await cashier.settleExpected();
  return { account, stake, attesters: attesters.connect(reporter), gasLimit };
}

describe("A18: two answers for one payment, with real processes", () => {
  it("are proved and slashed when two processes share one key and see two histories", async () => {
    await withScene(async (scene) => {
      const { stack, cashier, clock } = scene;
      const key = nodeKey(1, keySeed);
      const twin = await startTwin(scene, key);
      for (let count = 0; count < 3; count += 1) await ask(scene, twin, await pay(scene));
      await forgetFirstPayment(scene, twin);
      const payment = await pay(scene);
      const [honest] = stack.plans;
      if (honest === undefined) throw new Error("no node was planned");
      const first = await ask(scene, honest, payment);
      const second = await ask(scene, twin, payment);
      expect(second.signer).to.equal(first.signer);
      expect(second.facts).to.not.equal(first.facts);

      const { account, stake, attesters, gasLimit } = await bonded(scene, key);
      const { chainId, epoch } = stack.deployment;
      const statement = { subject: payment.id, asOf: first.asOf, asOfHash: first.asOfHash };
      const { proof, signer } = equivocationProof(statement, first, second, { chainId, epoch });
      expect(signer).to.equal(honest.signer);
      cashier.expect("proveEquivocation", await attesters.proveEquivocation(proof, { gasLimit }));
      await clock.mine(clock.now + 1);
      await cashier.settleExpected();
      expect((await stake.position(account.address)).bonded).to.equal(bond / 2n);
    });
  });

  it("are no proof when an honest node signs again after a reorganisation three blocks deep", async () => {
    await withScene(async (scene) => {
      const { stack, clock } = scene;
      const { provider } = stack.connection;
      const [plan] = stack.plans;
      if (plan === undefined) throw new Error("no node was planned");
      await pay(scene);
      const snapshot = await provider.request({ method: "evm_snapshot", params: [] });
      const payer = demoWallet("payer", "twins");
      const payee = demoWallet("payee", "twins").address;
      const time = clock.now + MINUTE;
      const terms = scene.cashier.termsFor(payer.address, payee, one, time);
      const before = await scene.cashier.authorize(payer, terms, time);
      const first = await ask(scene, plan, before);
      await clock.mine();
      await clock.mine();

      await provider.request({ method: "evm_revert", params: [snapshot] });
      const after = await scene.cashier.authorize(payer, terms, time + MINUTE);
      for (let count = 0; count < 3; count += 1) await clock.mine();
      const second = await ask(scene, plan, after);
      expect(after.id).to.equal(before.id);
      expect(second.asOf).to.equal(first.asOf);
      expect(second.asOfHash).to.not.equal(first.asOfHash);
      expect(second.facts).to.not.equal(first.facts);

      const { account, stake, attesters } = await bonded(scene, nodeKey(1, keySeed));
      const { chainId, epoch } = stack.deployment;
      for (const asOfHash of [first.asOfHash, second.asOfHash]) {
        const statement = { subject: before.id, asOf: first.asOf, asOfHash };
        expect(() => equivocationProof(statement, first, second, { chainId, epoch })).to.throw("signed by");
        const { ethers } = stack.connection;
        const [one_, two] = [first, second].map(({ signature }) => ethers.Signature.from(signature));
        if (one_ === undefined || two === undefined) throw new Error("two signatures were asked for");
        const forged = {
          ...{ epoch, subject: before.id, asOf: first.asOf, asOfHash, factsA: first.facts, factsB: second.facts },
          ...{ rA: one_.r, vsA: one_.yParityAndS, rB: two.r, vsB: two.yParityAndS },
        };
        const refused = await attesters.proveEquivocation.staticCall(forged).then(
          () => "accepted",
          (error: unknown) => String(error),
        );
        expect(refused).to.match(/SignersDiffer/);
      }
      expect((await stake.position(account.address)).bonded).to.equal(bond);
    });
  });
});
