import { expect } from "chai";

import type { NodeSettings } from "../../oracle/src/config.ts";
import type { Node } from "../../oracle/src/index.ts";
import { startChain, type Paid, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor, type Answer } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";
import { DIALECTS, freshPlace } from "./support/stores.ts";

/** One node alone cannot make a quorum; as a peer it answers what it found and signed. */
async function askPeer(chain: TestChain, node: Node, paid: Paid, hash?: string): Promise<Answer> {
  const block = await chain.ethers.provider.getBlock(paid.block);
  const request = { terms: paid.terms, asOf: paid.block, asOfHash: hash ?? block?.hash, epoch: chain.addresses.epoch };
  return post(node.url, "/v1/peer/attestations", request);
}

for (const dialect of DIALECTS)
  describe(`oracle: reorganisations, ${dialect}`, () => {
    let chain: TestChain;
    let node: Node;
    const scratch = new Scratch();
    const settings = async (): Promise<NodeSettings> => {
      const place = await freshPlace(dialect, scratch);
      return settingsFor(chain, scratch.dir(), chain.attester(0), { ...place.settings });
    };

    beforeEach(async () => {
      chain = await startChain();
      node = await ready(await settings());
    });
    afterEach(async () => {
      await node.stop();
      await chain.close();
    });
    after(() => scratch.clean());

    it("of depth three leave the same facts as a node that never saw the other fork (S1)", async () => {
      for (let index = 0; index < 4; index++) await chain.pay();
      const snapshot = await chain.rpc("evm_snapshot");
      for (let index = 0; index < 3; index++)
        await chain.pay({ amount: 1_000n * 10n ** 18n, payee: chain.other.address });
      await node.catchUp();
      await chain.rpc("evm_revert", [snapshot]);
      for (let index = 0; index < 4; index++) await chain.pay({ amount: 3n * 10n ** 18n });
      const paid = await chain.pay();
      await node.catchUp();
      const fresh = await ready(await settings());
      const [own, theirs] = [await askPeer(chain, node, paid), await askPeer(chain, fresh, paid)];
      await fresh.stop();
      expect(own.status).to.equal(200);
      expect(own.body).to.deep.equal(theirs.body);
    });

    it("make an honest node sign for the new hash: neither mute nor guilty (A18)", async () => {
      await chain.pay();
      const snapshot = await chain.rpc("evm_snapshot");
      const terms = (await chain.pay({ amount: 7n * 10n ** 18n })).terms;
      const first = await chain.pay();
      const before = await askPeer(chain, node, first);
      await chain.rpc("evm_revert", [snapshot]);
      // Same height, other history: the payment before it is another one.
      await chain.pay({ amount: 900n * 10n ** 18n });
      const again = await chain.pay(first.terms);
      const after = await askPeer(chain, node, again);
      expect([before.status, after.status]).to.deep.equal([200, 200]);
      expect(after.body.id).to.equal(before.body.id);
      expect(after.body.asOf).to.equal(before.body.asOf);
      expect(after.body.asOfHash).to.not.equal(before.body.asOfHash);
      expect(after.body.facts).to.not.equal(before.body.facts);
      expect(after.body.signature).to.not.equal(before.body.signature);
      const gone = await post(node.url, "/v1/attestations", { terms });
      expect(gone.body.error).to.deep.include({ code: "NOT_AUTHORIZED_YET", retriable: true });
    });

    it("are named as such to a node on the other fork (S8)", async () => {
      const paid = await chain.pay();
      const answer = await askPeer(chain, node, paid, `0x${"ab".repeat(32)}`);
      expect(answer.status).to.equal(409);
      expect(answer.body.error).to.deep.include({ code: "OTHER_FORK", retriable: true });
    });

    it("say BEHIND about a block that is not there yet (S8)", async () => {
      const paid = await chain.pay();
      const request = {
        terms: paid.terms,
        asOf: paid.block + 256,
        asOfHash: `0x${"ab".repeat(32)}`,
        epoch: chain.addresses.epoch,
      };
      const answer = await post(node.url, "/v1/peer/attestations", request);
      expect(answer.status).to.equal(409);
      expect(answer.body.error).to.deep.include({ code: "BEHIND", retriable: true });
    });

    it("of twelve blocks are walked back step by step", async () => {
      const snapshot = await chain.rpc("evm_snapshot");
      for (let index = 0; index < 12; index++) await chain.pay();
      await node.catchUp();
      await chain.rpc("evm_revert", [snapshot]);
      for (let index = 0; index < 13; index++) await chain.rpc("evm_mine");
      const paid = await chain.pay();
      const answer = await askPeer(chain, node, paid);
      expect(answer.status).to.equal(200);
    });

    it("at the same height are noticed, too", async () => {
      const snapshot = await chain.rpc("evm_snapshot");
      const first = await chain.pay();
      expect((await askPeer(chain, node, first)).status).to.equal(200);
      await chain.rpc("evm_revert", [snapshot]);
      const second = await chain.pay({ amount: 5n });
      expect(second.block).to.equal(first.block);
      const answer = await askPeer(chain, node, second);
      expect(answer.status).to.equal(200);
    });
  });
