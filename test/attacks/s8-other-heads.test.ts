import { expect } from "chai";

import type { Node } from "../../oracle/src/index.ts";
import { startChain, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { post, ready, settingsFor, type Answer } from "../oracle/support/nodes.ts";
import { RpcProxy } from "../oracle/support/proxy.ts";
import { Scratch } from "../oracle/support/scratch.ts";

const GENESIS = new Date("2031-01-01T00:00:00Z");
const codeOf = ({ body }: Answer): unknown => Reflect.get(Object(body.error), "code");

interface Failure {
  readonly signer: string;
  readonly code: string;
}

describe("S8: nodes at different heads, or on different forks", () => {
  let chain: TestChain;
  let fork: TestChain;
  let lagging: RpcProxy;
  let held: number | undefined;
  const nodes: Node[] = [];
  const scratch = new Scratch();

  before(async () => {
    chain = await startChain(undefined, GENESIS);
    fork = await startChain(undefined, GENESIS);
    // Other money in the first block after the common ones: from here on the two chains have other hashes.
    await chain.pay({ amount: 1n });
    await fork.pay({ amount: 2n });
    lagging = await new RpcProxy(chain.url).listen();
    // An endpoint that stays at a block: it neither says nor shows that there is a later one.
    lagging.tamper = ({ method, params }) => {
      if (held === undefined) return undefined;
      if (method === "eth_blockNumber") return `0x${held.toString(16)}`;
      const latest = method === "eth_getBlockByNumber" && params[0] === "latest";
      return latest ? heldBlock : undefined;
    };
    const behind = await ready(settingsFor(chain, scratch.dir(), chain.attester(1), { rpcUrl: lagging.url }));
    const strayed = await ready(settingsFor(fork, scratch.dir(), chain.attester(2)));
    const peers = [behind, strayed].map(({ url, signer }) => ({ url, signer }));
    const settings = settingsFor(chain, scratch.dir(), chain.attester(0), { peers, peerTimeoutMs: 700 });
    nodes.push(await ready(settings), behind, strayed);
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await lagging.close();
    await chain.close();
    await fork.close();
    scratch.clean();
  });

  let heldBlock: unknown;
  const hold = async (): Promise<void> => {
    await nodes[1]?.catchUp();
    heldBlock = await chain.rpc("eth_getBlockByNumber", ["latest", false]);
    held = Number(Reflect.get(Object(heldBlock), "number"));
  };
  const ask = (paid: Paid): Promise<Answer> => post(nodes[0]?.url ?? "", "/v1/attestations", { terms: paid.terms });
  const failuresOf = ({ body }: Answer): string[] => {
    const details: unknown = Reflect.get(Object(body.error), "details");
    const failures = (Reflect.get(Object(details), "failures") ?? []) as Failure[]; // the API's answer
    const [, behind, strayed] = nodes;
    return [behind, strayed].map((node) => failures.find(({ signer }) => signer === node?.signer)?.code ?? "");
  };

  it("say that they have not read the block, and that they know another one at its height", async () => {
    await hold();
    const paid = await chain.pay();
    // The same terms in the block of the same height: only the fork is another.
    const other = await fork.pay(paid.terms);
    expect([other.id, other.block]).to.deep.equal([paid.id, paid.block]);
    const answer = await ask(paid);
    expect([answer.status, codeOf(answer)]).to.deep.equal([503, "QUORUM_NOT_REACHED"]);
    expect(failuresOf(answer)).to.deep.equal(["BEHIND", "OTHER_FORK"]);
  });

  it("never guess: the node on the fork says so however often it is asked, and names both hashes", async () => {
    const paid = await chain.pay();
    await fork.pay(paid.terms);
    const block = await chain.ethers.provider.getBlock(paid.block);
    const request = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
    for (let time = 0; time < 3; time++) {
      const answer = await post(nodes[2]?.url ?? "", "/v1/peer/attestations", request);
      expect([answer.status, codeOf(answer)]).to.deep.equal([409, "OTHER_FORK"]);
      const own = await fork.ethers.provider.getBlock(paid.block);
      expect(answer.body.error).to.have.deep.property("details", {
        ...{ asOf: paid.block, own: own?.hash, requested: block?.hash },
      });
    }
  });

  it("agree as soon as the one that lagged has caught up", async () => {
    const paid = await chain.pay();
    held = undefined;
    const answer = await ask(paid);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
    expect(answer.body.differed).to.deep.equal([]);
  });
});
