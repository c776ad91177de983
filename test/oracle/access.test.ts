import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

import { ApiKeys } from "../../oracle/src/service/apiKeys.ts";
import { Audit, brokenAt } from "../../oracle/src/service/audit.ts";
import { TokenBuckets } from "../../oracle/src/service/rateLimit.ts";
import { openService } from "../../oracle/src/store/dataDir.ts";
import type { Node } from "../../oracle/src/index.ts";
import { type NodeError, oracleClient } from "../../sdk/src/index.ts";
import { startChain, type Paid, type TestChain } from "./support/chain.ts";
import { refused } from "./support/errors.ts";
import { ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const run = promisify(execFile);

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly code: string | undefined;
  readonly text: string;
}

async function call(url: string, path: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(`${url}${path}`, init);
  const text = await response.text();
  const body = (text === "" ? {} : JSON.parse(text)) as { error?: { code: string } };
  return { status: response.status, headers: response.headers, code: body.error?.code, text };
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe("oracle: API keys", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  it("are stored as a hash, told apart, and refused once revoked", async () => {
    const file = join(scratch.dir(), "service.sqlite");
    const database = await openService(file);
    let now = 1_000_000;
    const keys = new ApiKeys(database, () => now);
    const { id, token } = await keys.create("shop", ["read", "attest"]);
    const other = await keys.create("other", ["read"]);
    expect(token).to.match(/^slk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    expect(await keys.authenticate(token)).to.deep.include({ id, name: "shop", scopes: ["read", "attest"] });
    const forged = `${token.slice(0, 17)}${other.token.slice(17)}`;
    for (const wrong of ["", "slk_", token.slice(0, -1), `${token}A`, forged, token.replace("slk", "SLK")])
      await refused(keys.authenticate(wrong), "API_KEY_INVALID");
    expect((await keys.list()).find((key) => key.id === id)).to.deep.include({
      lastUsedAt: 1_000_000,
      revokedAt: null,
    });
    await keys.revoke(id);
    await refused(keys.authenticate(token), "API_KEY_INVALID");
    await refused(keys.revoke(id), "API_KEY_INVALID");
    now += 1;
    // Another process revokes: this one knows it after its memory is old.
    await new ApiKeys(database, () => now).revoke(other.id);
    now += 2_000;
    await refused(keys.authenticate(other.token), "API_KEY_INVALID");
    await database.destroy();
    const stored = ["", "-wal"].map((end) => {
      try {
        return readFileSync(`${file}${end}`, "latin1");
      } catch {
        return "";
      }
    });
    for (const secret of [token, token.slice(17)]) expect(stored.join("")).to.not.contain(secret);
  });

  it("are guarded by an audit log whose every row covers the ones before", async () => {
    const database = await openService(join(scratch.dir(), "service.sqlite"));
    const audit = new Audit(database, () => 5);
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        audit.append({ actor: "cli", action: "newApiKey", subject: String(index), body: { index } }),
      ),
    );
    const rows = await audit.all();
    expect(rows.map(({ seq }) => seq)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(brokenAt(rows)).to.equal(undefined);
    expect(brokenAt(rows.map((row) => (row.seq === 3 ? { ...row, actor: "key:x" } : row)))).to.equal(3);
    expect(brokenAt(rows.filter(({ seq }) => seq !== 4))).to.equal(4);
    await database.destroy();
  });
});

describe("oracle: token buckets", () => {
  it("give a burst, then the rate, and say when the next request may come", () => {
    const buckets = new TokenBuckets(2);
    const burst = Array.from({ length: 5 }, () => buckets.take("a", 0));
    expect(burst.map(({ allowed }) => allowed)).to.deep.equal([true, true, true, true, false]);
    expect(burst.map(({ remaining }) => remaining)).to.deep.equal([3, 2, 1, 0, 0]);
    expect(burst[4]).to.include({ limit: 4, retryAfterSeconds: 1, resetSeconds: 2 });
    expect(buckets.take("b", 0).allowed).to.equal(true);
    expect(buckets.take("a", 499).allowed).to.equal(false);
    expect(buckets.take("a", 500).allowed).to.equal(true);
    // A clock that goes back gives nothing.
    expect(buckets.take("a", 0).allowed).to.equal(false);
  });

  it("stay few, however many ask, and never punish who was forgotten", () => {
    const buckets = new TokenBuckets(1, 100);
    for (let index = 0; index < 10_000; index++) buckets.take(`address ${index}`, index);
    expect(buckets.size).to.equal(100);
    expect(buckets.take("address 0", 10_000).remaining).to.equal(1);
  });
});

describe("oracle: access to the API", () => {
  let chain: TestChain;
  let node: Node;
  let paid: Paid;
  let settingsFile: string;
  const tokens: Record<string, string> = {};
  const scratch = new Scratch();
  const oracle = (...command: string[]): Promise<{ stdout: string }> =>
    run(process.execPath, ["oracle/src/cli.ts", ...command, "--settings", settingsFile]);
  const start = async (changes: Record<string, unknown> = {}): Promise<Node> => {
    const home = scratch.dir();
    const settings = settingsFor(chain, home, chain.attester(0), { apiKeysRequired: true, ...changes });
    const { rpcUrl, chainId, gate, escrow, deployedBlock, dataDir, privateKeyFile } = settings;
    settingsFile = join(home, "settings.json");
    writeFileSync(
      settingsFile,
      JSON.stringify({ rpcUrl, chainId, gate, escrow, deployedBlock, dataDir, privateKeyFile }),
    );
    return ready(settings);
  };
  before(async () => {
    chain = await startChain();
    paid = await chain.pay();
    node = await start({ corsOrigins: ["https://app.example"] });
    for (const scopes of ["read", "attest", "admin", "read,attest,review"]) {
      const { stdout } = await oracle("apikeys", "new", "--name", scopes, "--scopes", scopes);
      tokens[scopes] = stdout.trim();
    }
  });
  after(async () => {
    await node.stop();
    await chain.close();
    scratch.clean();
  });
  const token = (scopes: string): string => tokens[scopes] ?? "";

  it("needs a key with the scope, which the command line makes beside the running node", async () => {
    const path = `/v1/payments/${paid.id}`;
    const missing = await call(node.url, path);
    expect(missing).to.include({ status: 401, code: "API_KEY_MISSING" });
    expect(missing.headers.get("www-authenticate")).to.equal("Bearer");
    const wrong = await call(node.url, path, { headers: bearer(`slk_${"0".repeat(12)}_${"A".repeat(43)}`) });
    expect(wrong).to.include({ status: 401, code: "API_KEY_INVALID" });
    expect(await call(node.url, path, { headers: { authorization: "Basic eDp5" } })).to.include({ status: 401 });
    const other = await call(node.url, path, { headers: bearer(token("attest")) });
    expect(other).to.include({ status: 403, code: "SCOPE_MISSING" });
    expect(await call(node.url, path, { headers: bearer(token("read")) })).to.include({ status: 200 });
    const reader = oracleClient({ urls: node.url, apiKey: token("read") });
    expect((await reader.readPayment({ id: paid.id })).id).to.equal(paid.id);
    const thrown: unknown = await reader.attest({ body: { id: paid.id } }).catch((error: unknown) => error);
    expect((thrown as NodeError).details.nodeCode).to.equal("SCOPE_MISSING");
    // Monitoring and other nodes carry no key.
    for (const open of ["/livez", "/readyz"]) expect((await call(node.url, open)).status, open).to.equal(200);
  });

  it("lists keys without showing them, and refuses a revoked one", async () => {
    const made = (await oracle("apikeys", "new", "--name", "gone", "--scopes", "read")).stdout.trim();
    expect(await call(node.url, "/v1/epochs", { headers: bearer(made) })).to.include({ status: 200 });
    const id = made.split("_")[1] ?? "";
    await oracle("apikeys", "revoke", "--id", id);
    const { stdout } = await oracle("apikeys", "list");
    expect(stdout)
      .to.contain(id)
      .and.to.match(/revoked \d{4}-/);
    for (const one of [made, ...Object.values(tokens)]) expect(stdout).to.not.contain(one.slice(17));
    const deadline = performance.now() + 10_000;
    let reply = await call(node.url, "/v1/epochs", { headers: bearer(made) });
    while (reply.status === 200 && performance.now() < deadline)
      reply = await call(node.url, "/v1/epochs", { headers: bearer(made) });
    expect(reply).to.include({ status: 401, code: "API_KEY_INVALID" });
  });

  it("lets pages of the named origins call from a browser, and no others", async () => {
    const preflight = (origin: string): Promise<Reply> =>
      call(node.url, "/v1/payments", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
      });
    const allowed = await preflight("https://app.example");
    expect(allowed.status).to.equal(204);
    expect(allowed.headers.get("access-control-allow-origin")).to.equal("https://app.example");
    expect(allowed.headers.get("access-control-allow-credentials")).to.equal(null);
    for (const origin of ["https://evil.example", "null", "https://app.example.evil.example"]) {
      const { headers } = await preflight(origin);
      expect(headers.get("access-control-allow-origin"), origin).to.equal(null);
    }
    const closed = await start();
    const { headers } = await call(closed.url, "/livez", { headers: { origin: "https://app.example" } });
    expect(headers.get("access-control-allow-origin")).to.equal(null);
    await closed.stop();
  });

  it("limits addresses, keys and payers, and says when to come again", async () => {
    const limits = { apiKeysRequired: false, rateLimitPerAddress: 2, rateLimitPerKey: 3, rateLimitPerPayer: 1 };
    const limited = await start(limits);
    const made = (await oracle("apikeys", "new", "--name", "limited", "--scopes", "read,attest")).stdout.trim();
    const many = (count: number, headers: Record<string, string>): Promise<Reply[]> =>
      Promise.all(Array.from({ length: count }, () => call(limited.url, "/v1/epochs", { headers })));
    const refusedOf = (replies: Reply[]): Reply[] => replies.filter(({ status }) => status === 429);
    const anonymous = await many(10, {});
    expect(refusedOf(anonymous).length).to.be.within(4, 6);
    const [sample] = refusedOf(anonymous);
    expect(sample?.code).to.equal("RATE_LIMITED");
    expect(Number(sample?.headers.get("retry-after"))).to.be.within(1, 2);
    expect(sample?.headers.get("ratelimit-limit")).to.equal("4");
    expect(sample?.headers.get("ratelimit-remaining")).to.equal("0");
    expect(refusedOf(await many(9, bearer(made))).length).to.be.within(2, 3);
    const attest = (): Promise<Reply> =>
      call(limited.url, "/v1/attestations", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ id: paid.id }),
      });
    const unlimited = await start({ apiKeysRequired: false, rateLimitPerPayer: 1 });
    const replies: Reply[] = [];
    for (let index = 0; index < 4; index++) {
      replies.push(
        await call(unlimited.url, "/v1/attestations", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ id: paid.id }),
        }),
      );
    }
    expect(replies.map(({ status }) => status).filter((status) => status === 429).length).to.be.within(1, 2);
    expect((await attest()).status).to.equal(429);
    await limited.stop();
    await unlimited.stop();
  });

  it("limits payers of batches as payers of payments, each once a batch", async () => {
    const limited = await start({ apiKeysRequired: false, rateLimitPerPayer: 1 });
    const batch = (body: object): Promise<Reply> =>
      call(limited.url, "/v1/batches", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const ten = (body: object): Promise<Reply[]> => Promise.all(Array.from({ length: 10 }, () => batch(body)));
    const party = (byte: string): string => `0x${byte.repeat(20)}`;
    const row = { payer: party("a1"), payee: party("a2"), token: party("a3"), signer: party("a1"), exitDelay: 86_400 };
    const rows = Array.from({ length: 5 }, (_, index) => ({ ...row, salt: String(index), cumulative: "7" }));
    const list = { account: party("a4"), token: row.token, sequence: "0", deadline: 9_999_999_999 };
    for (const body of [
      { items: [{ id: paid.id }] },
      { for: "channels", rows },
      { for: "payMany", ...list, rows: [{ payee: row.payee, amount: "1" }] },
    ]) {
      const replies = await ten(body);
      const refused = replies.filter(({ status }) => status === 429);
      expect(replies.length - refused.length, "a burst of two, whatever the rows").to.be.within(2, 4);
      for (const { code, headers } of refused) {
        expect(code).to.equal("RATE_LIMITED");
        expect(Number(headers.get("retry-after"))).to.be.at.least(1);
      }
    }
    await limited.stop();
  });

  describe("idempotency keys", () => {
    const attest = (key: string, body: unknown, headers: Record<string, string> = bearer(token("attest"))) =>
      call(node.url, "/v1/attestations", {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key, ...headers },
        body: JSON.stringify(body),
      });

    it("give the same refusal again, byte by byte, and refuse another body", async () => {
      const body = { id: `0x${"12".repeat(32)}` };
      const first = await attest("one", body);
      expect(first).to.include({ status: 404, code: "UNKNOWN_PAYMENT" });
      expect(first.headers.get("idempotency-replayed")).to.equal(null);
      const again = await attest("one", body);
      expect(again).to.include({ status: 404, text: first.text });
      expect(again.headers.get("idempotency-replayed")).to.equal("true");
      expect(await attest("one", { id: paid.id })).to.include({ status: 409, code: "IDEMPOTENCY_CONFLICT" });
      expect(await attest("", body)).to.include({ status: 400, code: "INVALID_REQUEST" });
      expect(await attest("a b", body)).to.include({ status: 400, code: "INVALID_REQUEST" });
    });

    it("do not keep what asking again may cure, and mean nothing to another caller", async () => {
      const lonely = { id: paid.id };
      // One node of three reaches no quorum: retriable.
      expect(await attest("two", lonely)).to.include({ status: 503, code: "QUORUM_NOT_REACHED" });
      const second = await attest("two", lonely);
      expect(second.headers.get("idempotency-replayed")).to.equal(null);
      const body = { id: `0x${"34".repeat(32)}` };
      await attest("three", body);
      const other = await attest("three", body, bearer(token("read,attest,review")));
      expect(other.headers.get("idempotency-replayed")).to.equal(null);
    });
  });
});
