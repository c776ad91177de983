import { recoverAttesters } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress } from "ethers";

import type { Node } from "../../oracle/src/index.ts";
import { startChain, type Paid, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor, type Answer } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";
import { TcpProxy } from "./support/tcpProxy.ts";

const NODES = 5;
const QUORUM = 3;
const SEED = 20_261;
const codeOf = ({ body }: Answer): unknown => Reflect.get(Object(body.error), "code");

describe("oracle: five nodes behind slow and broken links", () => {
  let chain: TestChain;
  const nodes: Node[] = [];
  /** links[i][j]: how node i reaches node j. */
  const links: TcpProxy[][] = [];
  const scratch = new Scratch();

  before(async () => {
    chain = await startChain(undefined, undefined, { names: ["a", "b", "c", "d", "e"], quorum: QUORUM });
    for (let from = 0; from < NODES; from++) {
      const row: TcpProxy[] = [];
      for (let to = 0; to < NODES; to++) {
        row.push(await new TcpProxy({ delayMs: 40, resets: 0.01, seed: SEED + NODES * from + to }).listen());
      }
      links.push(row);
    }
    for (let index = 0; index < NODES; index++) {
      const peers = (links[index] ?? [])
        .map(({ url }, to) => ({ url, signer: computeAddress(chain.attester(to)) }))
        .filter((_, to) => to !== index);
      const node = await ready(
        settingsFor(chain, scratch.dir(), chain.attester(index), { peers, peerTimeoutMs: 2_000 }),
      );
      nodes.push(node);
      for (const row of links) row[index]?.to(node.url);
    }
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    for (const link of links.flat()) await link.close();
    await chain.close();
    scratch.clean();
  });

  const ask = (index: number, paid: Paid): Promise<Answer> =>
    post(nodes[index]?.url ?? "", "/v1/attestations", { terms: paid.terms });
  const side = (index: number): boolean => index < 2;
  const cut = (isCut: boolean): void => {
    links.forEach((row, from) => row.forEach((link, to) => (link.cut = isCut && side(from) !== side(to))));
  };

  it("reach three of five over round trips of 80 ms with one in a hundred connections reset", async () => {
    for (let round = 0; round < 15; round++) {
      const paid = await chain.pay();
      const { status, body } = await ask(round % NODES, paid);
      expect(status, `seed ${SEED}: ${JSON.stringify(body)}`).to.equal(200);
      const site = { chainId: chain.site.chainId, epoch: chain.addresses.epoch };
      expect(recoverAttesters(String(body.attestation), paid.id, site)).to.have.length(QUORUM);
    }
  });

  it("are split 2|3: the minority refuses, the majority answers, and both answer once the link is there again", async () => {
    cut(true);
    const paid = await chain.pay();
    const minority = await ask(0, paid);
    expect([minority.status, codeOf(minority)]).to.deep.equal([503, "QUORUM_NOT_REACHED"]);
    expect(minority.body.error).to.have.nested.property("details.signatures", 2);
    expect((await ask(4, paid)).status).to.equal(200);
    cut(false);
    const healed = await ask(0, paid);
    expect(healed.status, JSON.stringify(healed.body)).to.equal(200);
    expect(healed.body.differed).to.deep.equal([]);
  });
});
