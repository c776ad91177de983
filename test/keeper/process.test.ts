import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

import { ALWAYS, startChain, type TestChain } from "../oracle/support/chain.ts";
import { keyOf } from "../oracle/support/keys.ts";
import { ready, settingsFor } from "../oracle/support/nodes.ts";
import { KeyService } from "../oracle/support/remoteSigner.ts";
import { Scratch } from "../oracle/support/scratch.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const TOKEN = "a-token-that-must-never-be-logged";

describe("oracle: a keeper as a process", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  before(async () => {
    chain = await startChain(ALWAYS.hold);
  });
  after(async () => {
    await chain.close();
    scratch.clean();
  });

  it("posts, stops in order, and shows no key and no token in its log or metrics", async () => {
    const peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [{ url: peer.url, signer: peer.signer }];
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { peers, peerTimeoutMs: 5_000 }));
    const service = await new KeyService([keyOf("unused")], { token: TOKEN }).listen();
    const home = scratch.dir();
    const key = chain.attester(2);
    const tokenFile = join(home, "token");
    writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
    const { privateKeyFile, ...values } = settingsFor(chain, home, key, {
      ...{ peers: [{ url: node.url, signer: node.signer }], peerTimeoutMs: 5_000, postBands: true, pollIntervalMs: 50 },
      ...{ postRankDelayBlocks: 0, logLevel: "trace", signerUrl: service.url, signerTokenFile: tokenFile },
    });
    const file = join(home, "settings.json");
    writeFileSync(file, JSON.stringify({ ...values, keeperPrivateKeyFile: privateKeyFile }));
    const child = spawn(process.execPath, [CLI, "keeper", "--settings", file], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (out += text));
    const paid = await chain.pay();
    for (let look = 0; look < 600 && (await chain.escrow.payment(paid.id)).band === 0n; look++) {
      await Promise.all([node.catchUp(), peer.catchUp()]);
    }
    const port = Number(/"port":(\d+),"msg":"listening"/.exec(out)?.[1]);
    const scraped = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [number | null]; // as Node documents it
    for (const one of [node, peer]) await one.stop();
    await service.close();
    expect((await chain.escrow.payment(paid.id)).band).to.equal(2n);
    expect(code).to.equal(0);
    expect(out).to.contain("transaction sent");
    expect(scraped).to.match(/^sluice_keeper_transactions_total\{job="post",state="new"\} 1$/m);
    for (const secret of [key.privateKey, key.privateKey.slice(2), TOKEN]) {
      expect(`${out}${scraped}`.toLowerCase()).to.not.contain(secret.toLowerCase());
    }
  }).timeout(60_000);
});
