import { attestationDigest, epochDomain } from "@sluice/sdk";
import { expect } from "chai";
import { hexlify, randomBytes, TypedDataEncoder } from "ethers";

import { statementDigest } from "../../oracle/src/attest/digest.ts";
import { decodeLogs, gateEvent } from "../../oracle/src/chain/decode.ts";
import { parseLogs } from "../../oracle/src/chain/wire.ts";
import { asOfBlock, isAsOfBlock } from "../../oracle/src/policy/asOf.ts";
import { activeSigners, quorumOf, rankOf } from "../../oracle/src/policy/quorum.ts";
import { PolicyTimeline, type Policy } from "../../oracle/src/policy/timeline.ts";
import { verdict } from "../../oracle/src/policy/verdict.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { startChain, type TestChain } from "./support/chain.ts";
import { refused } from "./support/errors.ts";
import { get, post, ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const policy: Policy = { holdAt: 9_700, blockAt: 9_950, refreshLog2: 8, auditShare: 0, stride: 16, chargeCap: 1_000 };
const seed = Number(process.env.SLUICE_TEST_SEED ?? 1);

function separatorOf(epoch: string): string {
  return TypedDataEncoder.hashDomain({ ...epochDomain, chainId: 5, verifyingContract: epoch });
}

/** The timeline as a node folds it from the gate's logs. */
async function timelineOf(chain: TestChain): Promise<PolicyTimeline> {
  const { gate, escrow } = chain.addresses;
  const logs = parseLogs(await chain.rpc("eth_getLogs", [{ fromBlock: "0x0", toBlock: "latest", address: gate }]));
  const timeline = new PolicyTimeline();
  const site = { gate: gate.toLowerCase(), escrow: escrow.toLowerCase() };
  for (const row of decodeLogs(logs, site, 0).events) {
    const event = gateEvent(row);
    if (event !== undefined) timeline.append(event);
  }
  return timeline;
}

describe("oracle: policy", () => {
  it("asks for facts as of the authorization until a whole refresh has passed", () => {
    expect([100, 355, 356, 611, 612].map((head) => asOfBlock(100, 8, head))).to.deep.equal([100, 100, 356, 356, 612]);
    expect(asOfBlock(100, 8, 99)).to.equal(undefined);
    expect([99, 100, 101, 356, 612].map((asOf) => isAsOfBlock(100, 8, asOf))).to.deep.equal([
      false,
      true,
      false,
      true,
      true,
    ]);
  });

  it("never blocks by a refresh, and holds at least what must be held", () => {
    expect(verdict(policy, 9_949, false, false, false)).to.equal(2);
    expect(verdict(policy, 9_950, false, false, false)).to.equal(3);
    expect(verdict(policy, 9_950, false, true, false)).to.equal(2);
    expect(verdict(policy, 0, false, false, false)).to.equal(1);
    expect(verdict(policy, 0, true, false, false)).to.equal(2);
    expect(verdict(policy, 9_950, true, false, false)).to.equal(3);
  });

  it("holds what an audit drew, and changes nothing that was held or blocked anyway", () => {
    expect(verdict(policy, 0, false, false, true)).to.equal(2);
    expect(verdict(policy, 9_700, false, true, true)).to.equal(2);
    expect(verdict(policy, 9_950, false, false, true)).to.equal(3);
  });

  it("asks for the quorum of the amount's tier, and above the last for the last", () => {
    const tiers = [
      { upTo: 10n, quorum: 2 },
      { upTo: 20n, quorum: 3 },
    ];
    expect([0, 10, 11, 20, 21].map((micro) => quorumOf(tiers, micro, true))).to.deep.equal([
      { quorum: 2, above: false },
      { quorum: 2, above: false },
      { quorum: 3, above: false },
      { quorum: 3, above: false },
      { quorum: 3, above: true },
    ]);
    expect(quorumOf(tiers, 0, false)).to.deep.equal({ quorum: 3, above: true });
  });

  it("gives every signer another rank, and strangers the last", () => {
    const signers = Array.from({ length: 5 }, (_, index) => `0x${String(index + 1).repeat(40)}`);
    const subject = `0x${"ab".repeat(32)}`;
    const ranks = signers.map((signer) => rankOf(subject, signer, signers));
    expect(ranks.sort()).to.deep.equal([0, 1, 2, 3, 4]);
    expect(rankOf(subject, `0x${"9".repeat(40)}`, signers)).to.equal(5);
    expect(activeSigners(signers, 0b00101)).to.deep.equal([signers[1], signers[3], signers[4]]);
  });

  it("judges channel batches by what was voted while a guardian's tightening is in force, and ends it with a vote", () => {
    const timeline = new PolicyTimeline();
    const set = (block: number, fromBlock: number, holdAt: number) =>
      timeline.append({ kind: "policySet", block, fromBlock, epoch: "0xe1", policy: { ...policy, holdAt } });
    const holdAt = (block: number) => {
      const [payments, batches] = [timeline.at(block), timeline.votedAt(block)];
      return [payments, batches].map((one) => (typeof one === "string" ? one : one.policy.holdAt));
    };
    set(1, 2, 9_700);
    set(10, 11, 8_000);
    set(10, 21, 9_700);
    expect([10, 11, 20, 21].map(holdAt)).to.deep.equal([
      [9_700, 9_700],
      [8_000, 9_700],
      [8_000, 9_700],
      [9_700, 9_700],
    ]);
    set(14, 15, 9_600);
    expect([14, 15, 30].map(holdAt)).to.deep.equal([
      [8_000, 9_600],
      [9_600, 9_600],
      [9_600, 9_600],
    ]);
    timeline.rollbackTo(13);
    expect([14, 15, 21].map(holdAt)).to.deep.equal([
      [8_000, 9_700],
      [8_000, 9_700],
      [9_700, 9_700],
    ]);
  });

  it("digests statements as the SDK's general encoder does", () => {
    const epoch = `0x${"5e".repeat(20)}`;
    for (let index = 0; index < 20; index++) {
      const statement = {
        subject: hexlify(randomBytes(32)),
        asOf: index * 1_000_003,
        asOfHash: hexlify(randomBytes(32)),
        facts: hexlify(randomBytes(32)),
      };
      const separator = separatorOf(epoch);
      expect(statementDigest(statement, separator)).to.equal(attestationDigest(statement, { chainId: 5, epoch }));
    }
  });
});

describe("oracle: the gate's policies as its events tell them", () => {
  let chain: TestChain;
  const scratch = new Scratch();
  beforeEach(async () => {
    chain = await startChain();
  });
  afterEach(() => chain.close());
  after(() => scratch.clean());

  const config = async (): Promise<object> => ({
    signers: chain.signers,
    tiers: [{ upTo: 2n ** 48n - 2n, quorum: 2 }],
    tokens: [{ token: await chain.token.getAddress(), shift: 12, class: 0 }],
  });

  it(`answer like gate.policyAt after any sequence of votes (seed ${seed})`, async () => {
    const random = mulberry32(seed);
    const pick = (count: number): number => Math.floor(random() * count);
    const epochs = [chain.addresses.epoch];
    for (let index = 0; index < 2; index++) {
      const epoch = await chain.ethers.deployContract("RiskEpochEth2017V2", [await config()]);
      epochs.push(await epoch.getAddress());
    }
    for (let vote = 0; vote < 30; vote++) {
      const epoch = epochs[pick(epochs.length)] ?? "";
      const sent = [
        () => chain.gate.setPolicy({ ...chain.policy, holdAt: 1 + pick(9_000), refreshLog2: 8 + pick(4) }, epoch),
        () => chain.gate.revokeEpoch(epoch),
        () => chain.gate.disableSigners(epoch, 1 << pick(3)),
        () => chain.gate.tighten(1, 9_950, 1 + pick(4)),
      ][pick(4)];
      await sent?.().catch(() => undefined); // an epoch that was never set cannot be revoked
    }
    const timeline = await timelineOf(chain);
    const lastVote = await chain.ethers.provider.getBlockNumber();
    await chain.rpc("hardhat_mine", ["0x200"]);
    const head = await chain.ethers.provider.getBlockNumber();
    for (let block = chain.deployedBlock + 1; block <= lastVote + 1; block++) {
      const stored = await chain.gate.policyAt(block).catch(() => undefined);
      const current = await chain.gate.policyAt(head + 1);
      const ruling = timeline.at(block);
      if (stored === undefined) expect(ruling, `block ${block}`).to.equal("before-first");
      else if (stored.revoked && current.revoked) expect(ruling, `block ${block}`).to.equal("revoked");
      else {
        const expected = stored.revoked ? current : stored;
        expect(ruling, `block ${block}`).to.deep.include({
          epoch: expected.epoch.toLowerCase(),
          fromBlock: Number(expected.fromBlock),
          disabledSigners: Number(expected.disabledSigners),
          revoked: false,
        });
        // A call without a transaction runs in the newest block, so it looks back from the one before.
        const { asOf } = await chain.gate.asOfFor(block);
        expect(asOfBlock(block, Number(expected.policy.refreshLog2), head - 1)).to.equal(Number(asOf));
      }
    }
  });

  it("bring a new epoch into force while the node runs, for later payments only", async () => {
    const peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [{ url: peer.url, signer: peer.signer }];
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { peers, peerTimeoutMs: 3_000 }));
    const before = await chain.pay();
    const next = await chain.ethers.deployContract("RiskEpochEth2017V2", [await config()]);
    await chain.gate.setPolicy({ ...chain.policy, holdAt: 1 }, await next.getAddress());
    const after = await chain.pay();
    const answers = [];
    for (const paid of [before, after])
      answers.push((await post(node.url, "/v1/attestations", { terms: paid.terms })).body);
    expect(answers[0]).to.include({ epoch: chain.addresses.epoch.toLowerCase(), band: 1 });
    expect(answers[1]).to.include({ epoch: (await next.getAddress()).toLowerCase(), band: 2 });
    await chain.gate.revokeEpoch(chain.addresses.epoch);
    const judgedAnew = await post(node.url, "/v1/attestations", { terms: before.terms });
    expect((await get(node.url, "/readyz")).status).to.equal(200);
    await node.catchUp();
    const again = await post(node.url, "/v1/attestations", { terms: before.terms });
    expect([judgedAnew.status, again.status]).to.deep.equal([200, 200]);
    expect(again.body).to.include({ epoch: (await next.getAddress()).toLowerCase(), band: 2 });
    await node.stop();
    await peer.stop();
  });

  it("with a model that is not installed: the node does not start, and says which", async () => {
    const direct = await chain.ethers.deployContract("DirectEpoch", [await config()]);
    await chain.gate.setPolicy(chain.policy, await direct.getAddress());
    const settings = settingsFor(chain, scratch.dir(), chain.attester(0));
    const error = await refused(ready(settings), "MODEL_UNKNOWN");
    expect(error.details).to.deep.include({ epoch: (await direct.getAddress()).toLowerCase() });
  });

  it("with a model that is not installed while the node runs: payments of before are still attested", async () => {
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0)));
    const before = await chain.pay();
    const direct = await chain.ethers.deployContract("DirectEpoch", [await config()]);
    await chain.gate.setPolicy(chain.policy, await direct.getAddress());
    const after = await chain.pay();
    const answers = [];
    for (const paid of [before, after]) answers.push(await post(node.url, "/v1/attestations", { terms: paid.terms }));
    expect(answers.map((answer) => (answer.body.error as { code: string }).code)).to.deep.equal([
      "QUORUM_NOT_REACHED",
      "MODEL_UNKNOWN",
    ]);
    await node.stop();
  });
});
