import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";

import { heldStake, STAKE_KINDS } from "../../oracle/src/chain/stakePosition.ts";
import type { Node } from "../../oracle/src/index.ts";
import { parseSettings } from "../../oracle/src/config.ts";
import { OracleError } from "../../oracle/src/errors.ts";
import { ApiKeys } from "../../oracle/src/service/apiKeys.ts";
import { TokenBuckets } from "../../oracle/src/service/rateLimit.ts";
import { factorOf } from "../../oracle/src/service/stakeLimits.ts";
import { openChain } from "../../oracle/src/store/dataDir.ts";
import { apiKeyTypedData, oracleClient, tieApiKey, type NodeError, type SluiceError } from "../../sdk/src/index.ts";
import { random } from "../shared/random.ts";
import { apiKey } from "./support/apiKeys.ts";
import { startChain, UNIT, type TestChain } from "./support/chain.ts";
import { refused } from "./support/errors.ts";
import { ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";
import { DIALECTS, freshPlace } from "./support/stores.ts";
import { stakingOn, type Staking } from "./support/staking.ts";

const run = promisify(execFile);
const tiers = [
  [1_000, 2],
  [10_000, 5],
];

/** The node's code in a client's error, or the client's own. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown === undefined) throw new Error("nothing was refused");
  return (thrown as NodeError).details?.nodeCode ?? (thrown as SluiceError).code; // what the client throws
}

describe("oracle: limits by stake", () => {
  let chain: TestChain;
  let staking: Staking;
  let node: Node;
  let settings: ReturnType<typeof settingsFor>;
  const scratch = new Scratch();

  const newKey = (): Promise<string> => apiKey(settings, "read");
  const limitOf = async (key: string): Promise<number> => {
    const { headers, status } = await fetch(`${node.url}/v1/epochs`, { headers: { authorization: `Bearer ${key}` } });
    expect([200, 429]).to.include(status);
    return Number(headers.get("ratelimit-limit"));
  };
  /** A stake is read again after two seconds at the latest. */
  const untilLimit = async (key: string, expected: number): Promise<void> => {
    const deadline = performance.now() + 10_000;
    while ((await limitOf(key)) !== expected && performance.now() < deadline);
    expect(await limitOf(key)).to.equal(expected);
  };
  const soon = (): number => Math.floor(Date.now() / 1_000) + 600;
  const publicPart = (key: string): string => key.slice(0, 16);

  before(async () => {
    chain = await startChain();
    staking = await stakingOn(chain);
    const { address: stake } = staking;
    settings = settingsFor(chain, scratch.dir(), chain.attester(0), { stake, rateLimitPerKey: 10, stakeLimits: tiers });
    node = await ready(settings);
    for (const account of [chain.payer, chain.other]) await staking.fund(account, 100_000n * UNIT);
  });
  after(async () => {
    await node.stop();
    await chain.close();
    scratch.clean();
  });

  it("rise with what the key's account has staked, and fall as soon as it is taken back", async () => {
    const key = await newKey();
    expect(await limitOf(key)).to.equal(20); // ten a second, twice as many at once
    const untied = await tieApiKey(chain.payer, { url: node.url, apiKey: key });
    expect(untied).to.deep.include({ account: chain.payer.address.toLowerCase(), stake: "0", factor: 1 });
    const { stake } = staking;
    await stake.connect(chain.payer).stake(1_000n * UNIT);
    await node.catchUp();
    await untilLimit(key, 40);
    await stake.connect(chain.payer).stake(9_000n * UNIT);
    await stake.connect(chain.payer).delegate(chain.other.address); // who votes with it does not matter
    await node.catchUp();
    await untilLimit(key, 100);
    const seen = await oracleClient({ urls: node.url, apiKey: key }).readKey({});
    expect(seen).to.deep.include({ stake: `${10_000n * UNIT}`, factor: 5, requestsPerSecond: 50 });
    expect(seen.tiers).to.deep.equal(
      tiers.map(([tokens = 0, factor]) => ({ stake: `${BigInt(tokens) * UNIT}`, factor })),
    );
    // Not paid out yet, and counted no more.
    await stake.connect(chain.payer).unstake(9_001n * UNIT);
    await node.catchUp();
    await untilLimit(key, 20);
    expect((await stake.position(chain.payer.address)).unbonding).to.equal(9_001n * UNIT);
  });

  it("outlive a restart, and let a raised key ask five times as often, and no more", async () => {
    await staking.stake.connect(chain.other).stake(10_000n * UNIT);
    await node.catchUp();
    const key = await newKey();
    await tieApiKey(chain.other, { url: node.url, apiKey: key });
    await node.stop();
    node = await ready(settings);
    const headers = { authorization: `Bearer ${key}` };
    const began = performance.now();
    const replies = await Promise.all(Array.from({ length: 300 }, () => fetch(`${node.url}/v1/epochs`, { headers })));
    const seconds = (performance.now() - began) / 1_000;
    const passed = replies.filter(({ status }) => status === 200).length;
    expect(passed)
      .to.be.at.least(100)
      .and.at.most(Math.min(299, 101 + 50 * seconds));
  });

  it("belong to one key at a time: the account's last signature counts, and each once", async () => {
    const [first, second] = [await newKey(), await newKey()];
    const clock = (): number => Date.now() + 1_000;
    await tieApiKey(chain.other, { url: node.url, apiKey: first, clock });
    expect(await limitOf(first)).to.equal(100);
    await tieApiKey(chain.other, { url: node.url, apiKey: second, clock: () => clock() + 1_000 });
    expect(await limitOf(second)).to.equal(100);
    expect(await limitOf(first)).to.equal(20);
    expect(await refusal(tieApiKey(chain.other, { url: node.url, apiKey: first, clock }))).to.equal(
      "ACCOUNT_PROOF_INVALID",
    );
    // A key that takes another account loses the one before.
    await tieApiKey(chain.payer, { url: node.url, apiKey: second });
    expect((await oracleClient({ urls: node.url, apiKey: second }).readKey({})).account).to.equal(
      chain.payer.address.toLowerCase(),
    );
  });

  it("need the account's signature for this key, this node, this chain and this hour", async () => {
    const [key, other] = [await newKey(), await newKey()];
    const client = oracleClient({ urls: node.url, apiKey: key });
    const account = chain.payer.address;
    const good = { node: node.url, key: publicPart(key), account, deadline: soon() + 60 };
    const send = async (proof: typeof good, chainId = chain.site.chainId, by = chain.payer): Promise<unknown> => {
      const { domain, types, message } = apiKeyTypedData(proof, chainId);
      const signature = await by.signTypedData(domain, types, message);
      return client.tieKey({ body: { account: proof.account, deadline: proof.deadline, signature } });
    };
    const attempts = [
      () => send({ ...good, node: "https://other.example" }),
      () => send({ ...good, key: publicPart(other) }),
      () => send(good, 1),
      () => send(good, chain.site.chainId, chain.other),
      () => send({ ...good, account: chain.other.address }),
      () => send({ ...good, deadline: soon() - 601 }),
      () => send({ ...good, deadline: soon() + 3_600 }),
      () => client.tieKey({ body: { account, deadline: soon(), signature: `0x${"00".repeat(65)}` } }),
      () => client.tieKey({ body: { account, deadline: soon(), signature: "0x" } }),
    ];
    for (const attempt of attempts) expect(await refusal(attempt())).to.equal("ACCOUNT_PROOF_INVALID");
    expect((await client.readKey({})).account).to.equal(null);
    expect(await send(good)).to.deep.include({ account: account.toLowerCase() });
    expect(await refusal(send(good))).to.equal("ACCOUNT_PROOF_INVALID");
    expect(await refusal(oracleClient({ urls: node.url }).readKey({}))).to.equal("API_KEY_MISSING");
  });

  it("take a contract account's word by EIP-1271", async () => {
    const key = await newKey();
    const wallet = await chain.ethers.deployContract("ActorAccount", [chain.other.address]);
    const account = await wallet.getAddress();
    await staking.sluice.transfer(account, 1_000n * UNIT);
    const approve = await staking.sluice.approve.populateTransaction(staking.address, 1_000n * UNIT);
    await wallet.execute(await staking.sluice.getAddress(), approve.data);
    const deposit = await staking.stake.stake.populateTransaction(1_000n * UNIT);
    await wallet.execute(staking.address, deposit.data, { gasLimit: 500_000 });
    await node.catchUp();
    const client = oracleClient({ urls: node.url, apiKey: key });
    const proof = { node: node.url, key: publicPart(key), account, deadline: soon() };
    const { domain, types, message } = apiKeyTypedData(proof, chain.site.chainId);
    const body = { account, deadline: proof.deadline };
    const stranger = await chain.payer.signTypedData(domain, types, message);
    expect(await refusal(client.tieKey({ body: { ...body, signature: stranger } }))).to.equal("ACCOUNT_PROOF_INVALID");
    const signature = await chain.other.signTypedData(domain, types, message);
    expect(await client.tieKey({ body: { ...body, signature } })).to.deep.include({ factor: 2 });
  });

  it("sign for no node that goes by another URL than the one that was asked", async () => {
    const home = scratch.dir();
    const elsewhere = { publicUrl: "https://node.example/", stake: staking.address };
    const own = settingsFor(chain, home, chain.attester(1), elsewhere);
    const second = await ready(own);
    const key = await apiKey(own, "read");
    expect((await oracleClient({ urls: second.url, apiKey: key }).readKey({})).node).to.equal("https://node.example");
    expect(await refusal(tieApiKey(chain.payer, { url: second.url, apiKey: key }))).to.equal("URL_INVALID");
    await second.stop();
  });

  it("come from events alone: what the fold says is what the contract says, whatever happens to the stake", async () => {
    const seed = 20_261_122;
    const dice = random(seed);
    const { stake, act } = staking;
    const [mover] = [chain.operator];
    await staking.fund(mover, 1_000_000n);
    for (let step = 0; step < 60; step++) {
      const held = await stake.position(mover.address);
      const some = (most: bigint): bigint => (most === 0n ? 0n : 1n + (dice.bits(40) % most));
      const moves = [
        async () => stake.connect(mover).stake(1n + dice.bits(10), { gasLimit: 500_000 }),
        async () => stake.connect(mover).unstake(some(held.staked), { gasLimit: 500_000 }),
        async () => act("bond", mover.address, some(held.staked)),
        async () => act("unbond", mover.address, some(held.bonded)),
        async () => act("recall", mover.address),
        async () => act("slash", mover.address, some(held.bonded), chain.payee.address),
        async () => {
          await chain.rpc("evm_increaseTime", [86_400]);
          await stake.connect(mover).withdraw({ gasLimit: 500_000 });
        },
      ];
      // What the contract refuses moves nothing and is no step of the walk.
      const refusedStep = (error: unknown): undefined => {
        if (/revert/i.test(String(error))) return undefined;
        throw error;
      };
      await dice.pick(moves)().catch(refusedStep);
    }
    await node.catchUp();
    const database = await openChain(join(settings.dataDir, "chain.sqlite"));
    const events = await database
      .selectFrom("events")
      .select(["kind", "body"])
      .where("subject", "=", mover.address.toLowerCase())
      .where("kind", "in", [...STAKE_KINDS])
      .orderBy("block")
      .orderBy("log_index")
      .execute();
    await database.destroy();
    const { staked, bonded, unbonding } = await stake.position(mover.address);
    expect(new Set(events.map(({ kind }) => kind)).size, `seed ${seed}`).to.equal(STAKE_KINDS.length);
    expect(heldStake(events), `seed ${seed}`).to.deep.equal({ held: staked + bonded, unbonding });
  });

  it("are shown by the operator's command line", async () => {
    const file = join(scratch.dir(), "settings.json");
    const { rpcUrl, chainId, gate, escrow, deployedBlock, dataDir } = settings;
    writeFileSync(file, JSON.stringify({ rpcUrl, chainId, gate, escrow, deployedBlock, dataDir }));
    const { stdout } = await run(process.execPath, ["oracle/src/cli.ts", "apikeys", "list", "--settings", file]);
    expect(stdout).to.include(`stake of ${chain.payer.address.toLowerCase()}`);
  });
});

for (const dialect of DIALECTS) {
  describe(`oracle: accounts of keys in ${dialect}`, () => {
    const scratch = new Scratch();
    after(() => scratch.clean());

    it("are one to one, the last word wins, and an older word is refused", async () => {
      const place = await freshPlace(dialect, scratch);
      const stores = await place.open();
      const keys = new ApiKeys(stores.service, () => 5);
      const [first, second] = [await keys.create("first", ["read"]), await keys.create("second", ["read"])];
      const accountOf = async (token: string): Promise<string | undefined> => (await keys.authenticate(token)).account;
      await keys.tie(first.id, "0xaa", 100);
      expect([await accountOf(first.token), await accountOf(second.token)]).to.deep.equal(["0xaa", undefined]);
      await keys.tie(second.id, "0xaa", 101);
      expect([await accountOf(first.token), await accountOf(second.token)]).to.deep.equal([undefined, "0xaa"]);
      for (const deadline of [100, 101]) await refused(keys.tie(first.id, "0xaa", deadline), "ACCOUNT_PROOF_INVALID");
      await keys.tie(second.id, "0xbb", 50);
      expect([await accountOf(first.token), await accountOf(second.token)]).to.deep.equal([undefined, "0xbb"]);
      // Who lost his key to another account has signed all the same: what he signed before stays used.
      await refused(keys.tie(first.id, "0xaa", 101), "ACCOUNT_PROOF_INVALID");
      expect((await keys.list()).map(({ account }) => account)).to.have.members([undefined, "0xbb"]);
      await stores.close();
    });
  });
}

describe("oracle: tiers of stake", () => {
  it("give the factor of the highest that is reached", () => {
    const rising = [
      [1, 2],
      [10, 5],
    ] as const;
    const of = (stake: bigint): number => factorOf(stake, rising);
    expect([of(0n), of(UNIT - 1n), of(UNIT), of(10n * UNIT - 1n), of(10n * UNIT), of(10n ** 30n)]).to.deep.equal([
      1, 1, 2, 2, 5, 5,
    ]);
  });

  it("multiply rate and burst of one bucket, and take the surplus back when they fall", () => {
    const buckets = new TokenBuckets(10);
    expect(buckets.take("a", 0, 5)).to.include({ limit: 100, remaining: 99, allowed: true });
    expect(buckets.take("a", 0)).to.include({ limit: 20, remaining: 19 });
    for (let index = 0; index < 19; index++) buckets.take("a", 0);
    expect(buckets.take("a", 0)).to.include({ allowed: false, retryAfterSeconds: 1, resetSeconds: 2 });
    expect(buckets.take("a", 100, 5)).to.include({ allowed: true, remaining: 4 });
  });

  it("must rise in stake and in factor", () => {
    const place = { rpcUrl: "http://127.0.0.1:1", chainId: 1, deployedBlock: 0, dataDir: "data" };
    const contracts = { gate: `0x${"11".repeat(20)}`, escrow: `0x${"22".repeat(20)}` };
    const parsed = (stakeLimits: unknown): unknown =>
      parseSettings({ ...place, ...contracts, stakeLimits }, {}, "/tmp").stakeLimits;
    expect(parsed(undefined)).to.have.length(3);
    expect(parsed([])).to.deep.equal([]);
    for (const wrong of [
      [
        [10, 2],
        [5, 3],
      ],
      [
        [10, 3],
        [20, 3],
      ],
      [[10, 1]],
      [[0, 2]],
      [[1.5, 2]],
      [[10]],
      "10",
    ]) {
      expect(() => parsed(wrong), JSON.stringify(wrong))
        .to.throw(OracleError)
        .with.property("code", "SETTINGS_INVALID");
    }
  });
});
