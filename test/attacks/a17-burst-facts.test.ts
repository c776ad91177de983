import { expect } from "chai";
import { packTerms, paymentId, type Terms } from "@sluice/sdk";

import type { Node } from "../../oracle/src/index.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { startChain, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { post, ready, settingsFor } from "../oracle/support/nodes.ts";
import { Scratch } from "../oracle/support/scratch.ts";

const COUNT = 50;

/** Facts that the node signs for the payment as of its block. */
async function factsFor(chain: TestChain, node: Node, paid: Paid): Promise<string> {
  const block = await chain.ethers.provider.getBlock(paid.block);
  const request = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
  const answer = await post(node.url, "/v1/peer/attestations", request);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return String(answer.body["facts"]);
}

/** Facts that grow with the payments between two accounts; a schema has some of them. */
const COUNTS = ["payeeRecentCount", "payeeCount1d", "payeeCount7d", "payerCount1d", "pairCount"];

/** The signed bytes of those of them that the schema has. */
function countsIn(word: string): number[] {
  const indices = COUNTS.map((name) => PAYMENT_SCHEMA.slots.findIndex(({ fact }) => fact === name));
  const present = indices.filter((index) => index >= 0);
  if (present.length === 0) throw new Error("the schema counts no payments");
  return present.map((index) => (parseInt(word.slice(2 + 2 * index, 4 + 2 * index), 16) << 24) >> 24);
}

/** Fifty payments of one payer and one payee, all in one block. */
async function burst(chain: TestChain, like: Terms): Promise<Paid[]> {
  const all = Array.from({ length: COUNT }, (_, index): Terms => ({ ...like, salt: 1_000n + BigInt(index) }));
  const nonce = await chain.ethers.provider.getTransactionCount(chain.payer.address);
  await chain.rpc("evm_setAutomine", [false]);
  const escrow = chain.escrow.connect(chain.payer);
  for (const [index, terms] of all.entries()) {
    await escrow.authorize(packTerms(terms), 0, "0x", { gasLimit: 400_000, nonce: nonce + index });
  }
  await chain.rpc("evm_mine");
  await chain.rpc("evm_setAutomine", [true]);
  const block = await chain.ethers.provider.getBlockNumber();
  return all.map((terms) => ({ terms, packed: packTerms(terms), id: paymentId(terms, chain.site), block }));
}

describe("A17: the facts of a burst", () => {
  let chain: TestChain;
  let node: Node;
  const scratch = new Scratch();

  before(async () => {
    chain = await startChain();
    node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0)));
  });
  after(async () => {
    await node.stop();
    await chain.close();
    scratch.clean();
  });

  it("of each of fifty payments of one block count the other forty-nine, and are all alike", async () => {
    const alone = await chain.pay();
    const first = await factsFor(chain, node, alone);
    const payments = await burst(chain, alone.terms);
    const logs = await chain.escrow.queryFilter(chain.escrow.filters.Authorized(), payments[0]?.block);
    expect(logs.length).to.equal(COUNT);
    await chain.rpc("evm_mine");
    const words = new Set<string>();
    for (const paid of payments) words.add(await factsFor(chain, node, paid));
    expect(words.size, "different answers for payments that differ in nothing").to.equal(1);
    const [word = ""] = words;
    const before = countsIn(first);
    for (const [index, count] of countsIn(word).entries()) expect(count).to.be.greaterThan(before[index] ?? 127);
  });

  it("do not move by what the payer does afterwards", async () => {
    const paid = await chain.pay({ payee: chain.other.address });
    const before = await factsFor(chain, node, paid);
    for (let count = 0; count < 10; count += 1)
      await chain.pay({ payee: chain.other.address, amount: 900n * 10n ** 18n });
    const other = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const after = await factsFor(chain, other, paid);
    await other.stop();
    expect(after).to.equal(before);
  });
});
