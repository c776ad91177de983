import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { Wallet } from "ethers";

import { apiKeysCommand } from "../../oracle/src/ops/apiKeysCommand.ts";
import { failureText, postTo } from "../../oracle/src/service/post.ts";
import { checkUrl, isPublicAddress } from "../../oracle/src/service/targets.ts";
import { signatureOf } from "../../oracle/src/service/webhooks.ts";
import { oracleClient, SluiceError, verifyWebhook, webhookVerifier } from "../../sdk/src/index.ts";
import { startChain, type TestChain } from "../oracle/support/chain.ts";
import { NameServer } from "../oracle/support/dns.ts";
import { refused } from "../oracle/support/errors.ts";
import { settingsFor } from "../oracle/support/nodes.ts";
import { Receiver } from "../oracle/support/receiver.ts";
import { Scratch } from "../oracle/support/scratch.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const strict = { allowPrivate: false, timeoutMs: 400 };

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof SluiceError ? error.code : String(error);
  }
}

describe("S6: webhooks reach nobody inside, are not replayed, and no secret is told", () => {
  let victim: Receiver;
  before(async () => {
    victim = await new Receiver().listen();
  });
  after(() => victim.close());

  it("knows every address that is not of the public internet", () => {
    const inside = [
      ...["127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
      ...["169.254.169.254", "100.64.0.1", "100.127.255.255", "100.100.100.200", "192.0.0.192", "198.18.0.1"],
      ...["224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.9"],
      ...["::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"],
      ...["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"],
      ...["2001:0:7f00:1::", "not an address", "", "1.2.3", "0x7f000001"],
    ];
    for (const address of inside) expect(isPublicAddress(address), address).to.equal(false);
    for (const address of ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.63.255.255", "2606:4700::1111"])
      expect(isPublicAddress(address), address).to.equal(true);
  });

  it("refuses URLs that name such an address in any spelling, other protocols and credentials", () => {
    const bad = [
      ...[
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://user:pass@example.com/",
        "nothing",
      ],
      ...["https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/"],
      ...["https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1]/", "https://169.254.169.254/latest/"],
      ...["https://①②⑦.0.0.1/", "https://192.168.0.1:8443/"],
    ];
    for (const url of bad) {
      let code: unknown;
      try {
        checkUrl(url, false);
      } catch (error) {
        code = Reflect.get(error as object, "code");
      }
      expect(code, url).to.equal("WEBHOOK_TARGET_REFUSED");
    }
    expect(checkUrl("https://hooks.example.com/x?y=1", false).hostname).to.equal("hooks.example.com");
  });

  it("asks for a name's address once and connects to what was checked: rebinding finds nobody", async () => {
    const port = new URL(victim.url).port;
    const names = await new NameServer([["93.184.216.34"], ["127.0.0.1"]]).listen();
    const thrown: unknown = await postTo(
      `https://rebind.example:${port}/`,
      "{}",
      {},
      { ...strict, resolve: names.resolve },
    ).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(Error);
    expect(names.asked).to.equal(1);
    // The second answer is private: the next try is refused before anybody is connected to.
    await refused(
      postTo(`https://rebind.example:${port}/`, "{}", {}, { ...strict, resolve: names.resolve }),
      "WEBHOOK_TARGET_REFUSED",
    );
    const mixed = await new NameServer([["93.184.216.34", "127.0.0.1"]]).listen();
    await refused(
      postTo(`https://mixed.example:${port}/`, "{}", {}, { ...strict, resolve: mixed.resolve }),
      "WEBHOOK_TARGET_REFUSED",
    );
    await refused(
      postTo(
        `https://localhost:${port}/`,
        "{}",
        {},
        { ...strict, resolve: async () => [{ address: "::1", family: 6 }] },
      ),
      "WEBHOOK_TARGET_REFUSED",
    );
    expect(victim.connections).to.equal(0);
    await names.close();
    await mixed.close();
  });

  it("connects to the checked address of a name, follows no redirect, and gives up on who never answers", async () => {
    const names = await new NameServer([["127.0.0.1"], ["127.0.0.2"]]).listen();
    const local = { resolve: names.resolve, allowPrivate: true, timeoutMs: 2_000 };
    const target = `http://shop.example:${new URL(victim.url).port}/hook`;
    expect(await postTo(target, '{"a":1}', { "x-y": "z" }, local)).to.equal(204);
    expect(victim.received.at(-1)).to.deep.include({ path: "/hook", body: '{"a":1}' });
    expect(victim.received.at(-1)?.headers).to.include({ host: new URL(target).host, "x-y": "z" });
    const other = await new Receiver().listen();
    victim.status = 302;
    victim.headers = { location: other.url };
    expect(await postTo(victim.url, "{}", {}, local)).to.equal(302);
    expect(other.connections).to.equal(0);
    await other.close();
    const mute = await new NameServer([["10.255.255.1"]]).listen();
    const thrown: unknown = await postTo(
      "http://mute.example/",
      "{}",
      {},
      { ...local, resolve: mute.resolve, timeoutMs: 200 },
    ).catch((error: unknown) => error);
    expect(failureText(thrown)).to.be.a("string").and.to.have.length.greaterThan(2);
    await mute.close();
    await names.close();
  });

  it("is refused by the SDK where it is changed, old, replayed, or of another secret", () => {
    const [secret, body, now] = ["whsec_test", '{"seq":7,"kind":"posted"}', 1_800_000_000];
    const signature = signatureOf(secret, now, body);
    const at = (seconds: number): { now: () => number } => ({ now: () => now + seconds });
    expect(verifyWebhook({ body, signature, secret }, at(299))).to.include({ seq: 7 });
    expect(verifyWebhook({ body: Buffer.from(body), signature, secret }, at(-10))).to.include({ kind: "posted" });
    const table: [string, () => unknown][] = [
      ["WEBHOOK_STALE", () => verifyWebhook({ body, signature, secret }, at(301))],
      ["WEBHOOK_STALE", () => verifyWebhook({ body, signature, secret }, at(-301))],
      ["WEBHOOK_INVALID", () => verifyWebhook({ body: `${body} `, signature, secret }, at(0))],
      ["WEBHOOK_INVALID", () => verifyWebhook({ body, signature, secret: "whsec_other" }, at(0))],
      ["WEBHOOK_INVALID", () => verifyWebhook({ body, signature: undefined, secret }, at(0))],
      [
        "WEBHOOK_INVALID",
        () => verifyWebhook({ body, signature: signature.replace(`t=${now}`, `t=${now + 9}`), secret }, at(0)),
      ],
      ["WEBHOOK_INVALID", () => verifyWebhook({ body, signature: signature.slice(0, -1), secret }, at(0))],
    ];
    for (const [code, run] of table) expect(codeOf(run)).to.equal(code);
    const once = webhookVerifier(secret, at(0));
    expect(once({ body, signature })).to.include({ seq: 7 });
    expect(codeOf(() => once({ body, signature }))).to.equal("WEBHOOK_REPLAYED");
    // The node's own repetition carries a later time.
    expect(once({ body, signature: signatureOf(secret, now + 5, body) })).to.include({ seq: 7 });
  });

  describe("with every secret set", () => {
    let chain: TestChain;
    const scratch = new Scratch();
    before(async () => {
      chain = await startChain();
    });
    after(async () => {
      await chain.close();
      scratch.clean();
    });

    it("a node tells none of them in logs, errors, metrics or answers", async () => {
      const home = scratch.dir();
      const base = settingsFor(chain, home, chain.attester(0));
      const password = "correct horse battery staple";
      const reviewer = Wallet.createRandom();
      const passwordFile = join(home, "password");
      const reviewPrivateKeyFile = join(home, "reviewer");
      writeFileSync(reviewPrivateKeyFile, reviewer.privateKey, { mode: 0o600 });
      writeFileSync(passwordFile, password, { mode: 0o600 });
      const wallet = new Wallet(chain.attester(0).privateKey);
      const keyFile = join(home, "keystore.json");
      writeFileSync(keyFile, await wallet.encrypt(password), { mode: 0o600 });
      chmodSync(keyFile, 0o600);
      const rpcSecret = "rpc-secret-5f1d";
      const { chainId, gate, escrow, deployedBlock, dataDir } = base;
      const rpcUrl = `${chain.url}/?key=${rpcSecret}`;
      const values = {
        ...{ rpcUrl, chainId, gate, escrow, deployedBlock, dataDir, keyFile, passwordFile, reviewPrivateKeyFile },
        ...{ port: 0, logLevel: "trace", webhookPrivateTargets: true, webhookRetryMs: 10, webhookAttempts: 2 },
      };
      const settingsFile = join(home, "settings.json");
      writeFileSync(settingsFile, JSON.stringify(values));
      const child = spawn(process.execPath, [CLI, "serve", "--settings", settingsFile]);
      let output = "";
      let url = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
      const started = new Promise<void>((resolve, reject) => {
        child.once("exit", () => reject(new Error(output)));
        createInterface({ input: child.stdout }).on("line", (line) => {
          output += `${line}\n`;
          const entry = JSON.parse(line) as { msg: string; port?: number };
          if (entry.port !== undefined) url = `http://127.0.0.1:${entry.port}`;
          if (entry.msg === "started") resolve();
        });
      });
      await started;
      const options: Record<string, string> = { name: "all", scopes: "attest,read,review,admin" };
      const token =
        (await apiKeysCommand(
          "new",
          (name) => options[name] ?? "",
          () => base,
        )) ?? "";
      const oracle = oracleClient({ urls: url, apiKey: token, attempts: 1 });
      victim.status = 500;
      const { id, secret } = await oracle.createWebhook({
        body: { url: `${victim.url}/?token=hook-secret-77`, kinds: [] },
      });
      const paid = await chain.pay();
      await oracle.attest({ body: { id: paid.id } }).catch(() => undefined);
      await victim.until(victim.received.length + 1);
      const answers: string[] = [];
      const ask = async (path: string, init: RequestInit = {}): Promise<void> => {
        answers.push(await (await fetch(`${url}${path}`, init)).text());
      };
      const authorization = `Bearer ${token}`;
      for (const path of ["/metrics", "/readyz", "/nothing", "/v1/payments/0x12", `/v1/payments?payer=${token}`])
        await ask(path);
      for (const path of ["/v1/webhooks", `/v1/webhooks/${id}/deliveries`])
        await ask(path, { headers: { authorization } });
      await ask("/v1/epochs", { headers: { authorization: `${authorization}x` } });
      child.kill("SIGTERM");
      await once(child, "close");
      const told = { log: output, answers: answers.join("\n") };
      const secrets = {
        "signing key": wallet.privateKey.slice(2),
        password,
        "reviewer's key": reviewer.privateKey.slice(2),
        "RPC key": rpcSecret,
        "webhook's secret": secret,
        "API key": token.slice(17),
      };
      expect(output).to.contain("listening");
      for (const [where, text] of Object.entries(told)) {
        for (const [name, value] of Object.entries(secrets)) {
          expect(text.toLowerCase().includes(value.toLowerCase()), `${name} in ${where}`).to.equal(false);
        }
      }
      expect(output.includes("hook-secret-77"), "the webhook's URL in the log").to.equal(false);
    });
  });
});
