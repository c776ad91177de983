import {
  attestations,
  channels,
  ContractRevertedError,
  packPayManyRows,
  payManyDigest,
  recoverAttesters,
  signPayMany,
  type PayManyHeader,
} from "@sluice/sdk";
import { expect } from "chai";
import { toBeHex } from "ethers";

import type { Node } from "../../oracle/src/index.ts";
import { ALWAYS, startChain, UNIT, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor, type Answer } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const HOUR = 3_600;
const payees = [1, 2, 3].map((index) => toBeHex(0xabcdef00 + index, 20));
const rowsOf = (amount: bigint) => payees.map((payee) => ({ payee, amount }));
const codeOf = ({ body }: Answer): unknown => Reflect.get(Object(body.error), "code");

describe("oracle: lists that pay many", () => {
  let chain: TestChain;
  let site: { chainId: number; channels: string };
  const nodes: Node[] = [];
  const scratch = new Scratch();

  before(async () => {
    chain = await startChain(ALWAYS.allow);
    const deployed = await chain.ethers.deployContract("PaymentChannels", [chain.addresses.gate]);
    site = { chainId: chain.site.chainId, channels: await deployed.getAddress() };
    await chain.token.connect(chain.payer).approve(site.channels, 2n ** 256n - 1n);
    const account = { token: chain.addresses.token, account: chain.payer.address };
    const { event } = await channels.fund(chain.payer, site, account, 5_000n * UNIT);
    expect(event).to.deep.equal({
      account: chain.payer.address,
      amount: 5_000n * UNIT,
      credit: 5_000n * UNIT,
    });
    const settings = { channels: site.channels };
    const peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1), settings));
    const peers = [{ url: peer.url, signer: peer.signer }];
    const first = settingsFor(chain, scratch.dir(), chain.attester(0), { ...settings, peers, peerTimeoutMs: 5_000 });
    nodes.push(await ready(first), peer);
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await chain.close();
    scratch.clean();
  });

  const headerOf = async (sequence: bigint, seconds = HOUR): Promise<PayManyHeader> => {
    const now = (await chain.provider.getBlock("latest"))?.timestamp ?? 0;
    return { account: chain.payer.address, token: chain.addresses.token, sequence, deadline: now + seconds };
  };
  const ask = (body: object): Promise<Answer> => post(nodes[0]?.url ?? "", "/v1/batches", { for: "payMany", ...body });
  const asked = (header: PayManyHeader, rows = rowsOf(UNIT)) =>
    ask({ ...header, sequence: header.sequence.toString(), rows });
  const trusted = () => ({ signers: nodes.map(({ signer }) => signer), quorum: 2 });
  const refusalOf = async (sent: Promise<unknown>): Promise<unknown> => {
    try {
      await sent;
    } catch (error) {
      if (error instanceof ContractRevertedError) return error.details.name;
      throw error;
    }
    return undefined;
  };

  it("are paid above the account's cap with a quorum's attestation about the digest it signs", async () => {
    const [header, rows] = [await headerOf(1n), rowsOf(200n * UNIT)];
    const signature = await signPayMany(chain.payer, header, packPayManyRows(rows), site);
    const pay = (attestation?: string) =>
      channels.payMany(chain.other, site, header, rows, signature, attestation === undefined ? {} : { attestation });
    expect(await refusalOf(pay())).to.equal("AccountCapReached");
    const urls = nodes.map(({ url }) => url);
    const made = await attestations.requestPayManyAttestation(urls, site, header, rows, trusted());
    const subject = payManyDigest(header, packPayManyRows(rows), site);
    expect(made).to.include({ id: subject, band: "Allow" });
    const epoch = { chainId: chain.site.chainId, epoch: chain.addresses.epoch };
    expect(recoverAttesters(made.attestation, subject, epoch)).to.have.members(nodes.map(({ signer }) => signer));
    const { event } = await pay(made.attestation);
    expect(event).to.deep.equal({ account: chain.payer.address, sequence: 1n, total: 600n * UNIT });
  });

  it("carry one attestation each: another list's is refused by the contract", async () => {
    const [header, rows] = [await headerOf(2n), rowsOf(150n * UNIT)];
    const dearer = rowsOf(160n * UNIT);
    const { attestation } = await attestations.requestPayManyAttestation(nodes[0]?.url ?? "", site, header, rows);
    const signature = await signPayMany(chain.payer, header, packPayManyRows(dearer), site);
    expect(await refusalOf(channels.payMany(chain.other, site, header, dearer, signature, { attestation }))).to.equal(
      "NotASigner",
    );
  });

  it("have the facts of their total, however a payee's part is sliced, and the same on every node", async () => {
    const header = await headerOf(3n);
    const [whole, sliced] = [rowsOf(90n * UNIT), [...rowsOf(60n * UNIT), ...rowsOf(30n * UNIT)]];
    const [one, many] = [await asked(header, whole), await asked(header, sliced)];
    expect([one.status, many.status]).to.deep.equal([200, 200]);
    expect(one.body.id).to.not.equal(many.body.id);
    for (const field of ["packedFacts", "completedFacts", "score", "amount", "asOf"]) {
      expect(many.body[field], field).to.deep.equal(one.body[field]);
    }
    expect(one.body.amount).to.equal((270n * UNIT).toString());
    const cheap = await asked(header, rowsOf(1n));
    expect(cheap.body.completedFacts, "the amount counts").to.not.equal(one.body.completedFacts);
  });

  it("are not attested once the account has paid their sequence, or the deadline has passed", async () => {
    const [header, rows] = [await headerOf(4n), rowsOf(UNIT)];
    const signature = await signPayMany(chain.payer, header, packPayManyRows(rows), site);
    await channels.payMany(chain.other, site, header, rows, signature);
    await chain.mine(chain.policy.stride);
    expect(codeOf(await asked(header, rows))).to.equal("LIST_NOT_DUE");
    expect(codeOf(await asked(await headerOf(5n, -HOUR), rows))).to.equal("LIST_NOT_DUE");
  });

  it("are refused with nobody among the payees, with no rows, and by a node that names no channels", async () => {
    const header = await headerOf(6n);
    expect(codeOf(await asked(header, [{ payee: toBeHex(0, 20), amount: 1n }]))).to.equal("INVALID_REQUEST");
    expect(codeOf(await asked(header, []))).to.equal("INVALID_REQUEST");
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(2)));
    const body = { for: "payMany", ...header, rows: rowsOf(UNIT) };
    const answer = await post(node.url, "/v1/batches", body);
    await node.stop();
    expect([answer.status, codeOf(answer)]).to.deep.equal([404, "NO_CHANNELS"]);
  });
});
