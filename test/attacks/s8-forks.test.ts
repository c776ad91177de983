import { expect } from "chai";
import { unpackAttestation } from "@sluice/sdk";

import type { Node } from "../../oracle/src/index.ts";
import { startChain, UNIT, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { post, ready, settingsFor, type Answer } from "../oracle/support/nodes.ts";
import { RpcProxy } from "../oracle/support/proxy.ts";
import { Scratch } from "../oracle/support/scratch.ts";

describe("S8: nodes at different heads, or on different forks, are asked for the same payment", () => {
  let chain: TestChain;
  let node: Node;
  let late: Node;
  /** The late node's endpoint: while it is down, that node stays where it was. */
  let endpoint: RpcProxy;
  const scratch = new Scratch();

  before(async () => {
    chain = await startChain();
    endpoint = await new RpcProxy(chain.url).listen();
    late = await ready(settingsFor(chain, scratch.dir(), chain.attester(1), { rpcUrl: endpoint.url }));
    const peers = [{ url: late.url, signer: late.signer }];
    // Two of three must sign, and the third is not there: without the late node there is no quorum.
    node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { peers, peerTimeoutMs: 2_000 }));
  });
  afterEach(() => endpoint.reform());
  after(async () => {
    await node.stop();
    await late.stop();
    await endpoint.close();
    await chain.close();
    scratch.clean();
  });

  const ask = async (paid: Paid): Promise<Answer> => {
    // The node that is asked knows the chain as it is; only the other does not.
    await node.catchUp();
    return post(node.url, "/v1/attestations", { terms: paid.terms });
  };
  const expectRefused = (answer: Answer, code = "QUORUM_NOT_REACHED"): void => {
    expect(answer.status).to.equal(503);
    expect(answer.body.error).to.deep.include({ code: "QUORUM_NOT_REACHED", retriable: true });
    expect(JSON.stringify(answer.body.error), JSON.stringify(answer.body.error)).to.contain(`"${code}"`);
  };
  const expectAttested = async (answer: Answer, paid: Paid): Promise<void> => {
    expect(answer.status).to.equal(200);
    const block = await chain.ethers.provider.getBlock(paid.block);
    const { asOf, asOfHash, signatures } = unpackAttestation(String(answer.body.attestation));
    expect([asOf, asOfHash]).to.deep.equal([paid.block, block?.hash]);
    expect(signatures).to.have.length(2);
  };

  it("the one that lags says so and signs nothing; once it has caught up both sign", async () => {
    const known = await chain.pay();
    await expectAttested(await ask(known), known);
    endpoint.down = true;
    const paid = await chain.pay();
    // A peer that is behind is asked again until time is up: what it said last is chance.
    expectRefused(await ask(paid));
    endpoint.reform();
    await late.catchUp();
    await expectAttested(await ask(paid), paid);
  });

  it("the one that has the payment in another block of that height says OTHER_FORK, and follows when it can", async () => {
    const snapshot = await chain.rpc("evm_snapshot");
    await chain.pay({ amount: 900n * UNIT });
    const first = await chain.pay();
    await Promise.all([node.catchUp(), late.catchUp()]);
    endpoint.down = true;
    await chain.rpc("evm_revert", [snapshot]);
    await chain.pay({ amount: 3n * UNIT });
    const again = await chain.pay(first.terms);
    expect([again.block, again.id]).to.deep.equal([first.block, first.id]);
    expectRefused(await ask(again), "OTHER_FORK");
    endpoint.reform();
    await late.catchUp();
    await expectAttested(await ask(again), again);
  });
});
