import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { computeAddress, getAddress, type SigningKey } from "ethers";

import type { Node } from "../../oracle/src/index.ts";
import { hotKeyChange, keyAddresses } from "../../oracle/src/ops/keysCommand.ts";
import { ALWAYS, startChain, type Paid, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor, type Answer } from "./support/nodes.ts";
import { keyOf } from "./support/keys.ts";
import { KeyService } from "./support/remoteSigner.ts";
import { refused } from "./support/errors.ts";
import { Scratch } from "./support/scratch.ts";
import { council, registered } from "../governance/council.ts";
import { key as governanceKey } from "../shared/suite.ts";

const nextKey = keyOf("next");
const next = computeAddress(nextKey);

function signersOf({ body }: Answer): string[] {
  const signatures = body.signatures as { signer: string }[]; // the API's answer
  return signatures.map(({ signer }) => getAddress(signer));
}

/** An epoch of these signers and the same model, in force for payments of later blocks. Quorum two. */
async function activate(chain: TestChain, signers: readonly string[]): Promise<void> {
  const sorted = [...signers].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const config = {
    signers: sorted,
    tiers: [{ upTo: 2n ** 48n - 2n, quorum: 2 }],
    tokens: [{ token: chain.addresses.token, shift: 12, class: 0 }],
  };
  const epoch = await chain.ethers.deployContract("RiskEpochEth2017V2", [config]);
  await (await chain.gate.setPolicy(chain.policy, await epoch.getAddress())).wait();
}

describe("oracle: the rotation of a signing key", () => {
  const scratch = new Scratch();
  const nodes: Node[] = [];
  const services: KeyService[] = [];
  let chain: TestChain;
  before(async () => {
    chain = await startChain(ALWAYS.allow);
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
    for (const service of services.splice(0)) await service.close();
  });
  after(async () => {
    await chain.close();
    scratch.clean();
  });

  const file = (name: string, key: SigningKey): string => {
    const path = join(scratch.dir(), name);
    writeFileSync(path, key.privateKey, { mode: 0o600 });
    return path;
  };

  it("leaves no gap: payments before, across and after the change of epoch all get their quorum", async () => {
    const [first, second, third] = [chain.attester(0), chain.attester(1), chain.attester(2)];
    // The key service holds the next key: the rotation also moves the key out of a file.
    const service = await new KeyService([nextKey]).listen();
    services.push(service);
    const rotating = await ready(
      settingsFor(chain, scratch.dir(), first, { signerUrl: service.url, nextSignerAddress: next }),
    );
    // The third node is away, so that no quorum is reached without the one whose key changes.
    const peers = [
      { url: rotating.url, signer: computeAddress(first) },
      { url: rotating.url, signer: next },
    ];
    const asked = await ready(settingsFor(chain, scratch.dir(), second, { peers, peerTimeoutMs: 5_000 }));
    nodes.push(rotating, asked);

    const answers: Answer[] = [];
    const ask = async (paid: Paid): Promise<void> => {
      const answer = await post(asked.url, "/v1/attestations", { terms: paid.terms });
      answers.push(answer);
      if (answer.status === 200) await chain.escrow.post(paid.packed, String(answer.body.attestation));
    };
    const across: Paid[] = [];
    for (let round = 0; round < 9; round++) {
      if (round === 3) across.push(await chain.pay(), await chain.pay());
      if (round === 4) await activate(chain, [next, computeAddress(second), computeAddress(third)]);
      await ask(await chain.pay());
    }
    for (const paid of across) await ask(paid);

    expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 200));
    const byNext = answers.map((answer) => signersOf(answer).includes(next));
    expect(byNext).to.deep.equal([false, false, false, false, true, true, true, true, true, false, false]);
    const posted = await chain.escrow.queryFilter(chain.escrow.filters.BandPosted());
    expect(posted).to.have.length(answers.length);
  });

  it("ends with the next key alone, which still answers for what it signed", async () => {
    await activate(chain, [next, computeAddress(chain.attester(1)), computeAddress(chain.attester(2))]);
    const home = scratch.dir();
    const settings = settingsFor(chain, home, chain.attester(0), { nextPrivateKeyFile: file("next", nextKey) });
    const paid = await chain.pay();
    const block = await chain.ethers.provider.getBlock(paid.block);
    const [, epoch] = await chain.gate.policyAt(paid.block);
    const question = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch };
    const both = await ready(settings);
    const during = await post(both.url, "/v1/peer/attestations", question);
    await both.stop();
    const alone = await ready({
      ...settings,
      privateKeyFile: settings.nextPrivateKeyFile,
      nextPrivateKeyFile: undefined,
    });
    nodes.push(alone);
    const afterwards = await post(alone.url, "/v1/peer/attestations", question);
    expect(during.status).to.equal(200);
    expect(afterwards.body).to.deep.equal(during.body);
    expect(alone.signer).to.equal(next);
  });

  it("is refused where the next key is the current one", async () => {
    const key = chain.attester(0);
    const settings = settingsFor(chain, scratch.dir(), key, { nextPrivateKeyFile: file("same", key) });
    await refused(keyAddresses(settings), "SETTINGS_INVALID");
  });

  it("gives the account's wallet the call that names the new hot key, and the contract takes it", async () => {
    const c = await council();
    await registered(c, c.alice, governanceKey("hot"));
    const settings = {
      ...settingsFor(chain, scratch.dir(), chain.attester(0), { nextPrivateKeyFile: file("next", nextKey) }),
      chainId: Number(c.suite.chainId),
    };
    const attesters = await c.attesters.getAddress();
    const names = { account: c.alice.address, attesters, url: "https://new.example" };
    const change = await hotKeyChange(settings, names);
    await c.alice.sendTransaction({ to: change.attesters, data: change.data });
    expect(await c.attesters.hotKeyOf(c.alice.address)).to.equal(next);
    expect(await c.attesters.accountOf(computeAddress(governanceKey("hot")))).to.equal(c.alice.address);
  });

  it("needs a next key in the settings before it gives that call", async () => {
    const settings = settingsFor(chain, scratch.dir(), chain.attester(0));
    const names = { account: chain.payer.address, attesters: chain.addresses.gate, url: "" };
    await refused(hotKeyChange(settings, names), "SETTINGS_INVALID");
  });
});
