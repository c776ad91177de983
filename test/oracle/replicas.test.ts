import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";

import { ALWAYS, startChain, type Paid, type TestChain } from "./support/chain.ts";
import { get, post, settingsFor, type Answer } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";
import { Processes, type Served } from "./support/serve.ts";
import { freshPlace, type Place } from "./support/stores.ts";

const TAKEOVER_MS = 10_000;

describe("oracle: replicas of one node on PostgreSQL", () => {
  let chain: TestChain;
  let place: Place;
  let replicas: Served[];
  const scratch = new Scratch();
  const processes = new Processes();

  const settingsFile = (): string => {
    const home = scratch.dir();
    const changes = { ...place.settings, dataDir: join(home, "data"), logLevel: "info", pollIntervalMs: 200 };
    const file = join(home, "settings.json");
    writeFileSync(file, JSON.stringify(settingsFor(chain, home, chain.attester(0), { ...changes, peersOnly: false })));
    return file;
  };
  const askPeer = async (url: string, paid: Paid): Promise<Answer> => {
    const block = await chain.ethers.provider.getBlock(paid.block);
    const request = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
    // A block of this moment may not have come through yet: the answer says so, and that asking again helps.
    for (const end = performance.now() + TAKEOVER_MS; ;) {
      const answer = await post(url, "/v1/peer/attestations", request);
      const again = answer.status !== 200 && (answer.body.error as { retriable?: boolean }).retriable === true; // as the API says
      if (!again || performance.now() > end) return answer;
      await sleep(50);
    }
  };
  const roles = async (): Promise<unknown[]> =>
    Promise.all(replicas.map(async ({ url }) => (await get(url, "/readyz")).body.role));
  /** Waits until a replica is ready and in a role; answers how long that took, in milliseconds. */
  const until = async (url: string, role: string, atMostMs: number): Promise<number> => {
    const begin = performance.now();
    for (;;) {
      const { status, body } = await get(url, "/readyz");
      if (status === 200 && body.role === role) return performance.now() - begin;
      if (performance.now() - begin > atMostMs) throw new Error(`${url} is ${JSON.stringify(body)}, not ${role}`);
      await sleep(50);
    }
  };

  before(async () => {
    chain = await startChain(ALWAYS.allow);
    place = await freshPlace("postgres", scratch);
    await chain.pay();
    replicas = [await processes.serve(settingsFile()), await processes.serve(settingsFile())];
  });
  after(async () => {
    processes.kill();
    await chain.close();
    scratch.clean();
  });

  it("have one leader, which alone reads the chain, and all answer the same", async () => {
    expect(await roles()).to.deep.equal(["leader", "follower"]);
    for (let index = 0; index < 3; index++) {
      const paid = await chain.pay();
      const answers = await Promise.all(replicas.map(({ url }) => askPeer(url, paid)));
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
      expect(answers[1]?.body).to.deep.equal(answers[0]?.body);
    }
  });

  it("follow a reorganisation of the chain together", async () => {
    const snapshot = await chain.rpc("evm_snapshot");
    for (let index = 0; index < 3; index++) {
      const gone = await chain.pay({ amount: 1_000n * 10n ** 18n });
      for (const { url } of replicas) expect((await askPeer(url, gone)).status).to.equal(200);
    }
    await chain.rpc("evm_revert", [snapshot]);
    for (let index = 0; index < 4; index++) await chain.pay({ amount: 3n * 10n ** 18n });
    const paid = await chain.pay();
    const answers = await Promise.all(replicas.map(({ url }) => askPeer(url, paid)));
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(answers[1]?.body).to.deep.equal(answers[0]?.body);
  });

  it("go on within ten seconds when the leader is killed", async () => {
    const [leader, follower] = replicas;
    if (leader === undefined || follower === undefined) throw new Error("there are two replicas");
    const ended = once(leader.child, "exit");
    leader.child.kill("SIGKILL");
    await ended;
    const tookMs = await until(follower.url, "leader", TAKEOVER_MS);
    console.log(`      took over ${(tookMs / 1_000).toFixed(1)} s after the leader was killed`);
    const paid = await chain.pay();
    expect((await askPeer(follower.url, paid)).status).to.equal(200);
    const back = await processes.serve(settingsFile());
    replicas = [follower, back];
    expect(await roles()).to.deep.equal(["leader", "follower"]);
    const later = await chain.pay();
    const answers = await Promise.all(replicas.map(({ url }) => askPeer(url, later)));
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(answers[1]?.body).to.deep.equal(answers[0]?.body);
  });
});
