import { expect } from "chai";
import { computeAddress, Wallet } from "ethers";

import { localSigner } from "../../oracle/src/attest/signer.ts";
import { readHead } from "../../oracle/src/chain/blocks.ts";
import { HttpRpcClient } from "../../oracle/src/chain/rpc.ts";
import type { CapName } from "../../oracle/src/keeper/fees.ts";
import { hashesOf, Journal } from "../../oracle/src/keeper/journal.ts";
import type { SendRow } from "../../oracle/src/keeper/keeperSchema.ts";
import { Sender, type SenderOptions, type SendOutcome } from "../../oracle/src/keeper/sender.ts";
import { startChain, UNIT, type TestChain } from "../oracle/support/chain.ts";
import { keyOf } from "../oracle/support/keys.ts";
import { RpcProxy } from "../oracle/support/proxy.ts";
import { Scratch } from "../oracle/support/scratch.ts";
import { DIALECTS, freshPlace } from "../oracle/support/stores.ts";
import type { Stores } from "../../oracle/src/store/stores.ts";

const GWEI = 1_000_000_000n;
const DAY = 86_400;
const RICH: SenderOptions["caps"] = { feePerGas: 500n * GWEI, transaction: UNIT, day: 10n * UNIT };

describe("oracle: the keeper's sender", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  const places: Stores[] = [];
  let people = 0;
  before(async () => {
    chain = await startChain();
    await chain.rpc("evm_setAutomine", [false]);
  });
  after(async () => {
    for (const stores of places) await stores.close();
    await chain.close();
    scratch.clean();
  });

  /** A sender with a key and a journal of its own; `again` opens the same ones anew, as a restarted process does. */
  const opened = async (changes: Partial<SenderOptions> = {}, balance = 10n * UNIT, rpcUrl = chain.url) => {
    people += 1;
    const key = keyOf(`sender ${people}`);
    const address = computeAddress(key);
    await chain.rpc("hardhat_setBalance", [address, `0x${balance.toString(16)}`]);
    const stores = await (await freshPlace("sqlite", scratch)).open();
    places.push(stores);
    const rpc = new HttpRpcClient(rpcUrl, { timeoutMs: 10_000 });
    const options = { chainId: chain.site.chainId, caps: RICH, mostInFlight: 8, stuckBlocks: 3, reorgBlocks: 64 };
    const sent: string[] = [];
    const ended: SendRow[] = [];
    const stopped: CapName[] = [];
    const again = async () => {
      const journal = new Journal(stores.service, address);
      await journal.load();
      const events = {
        sent: (job: string, _hash: string, how: string) => sent.push(`${how} ${job}`),
        ended: (row: SendRow) => ended.push(row),
        stopped: (cap: CapName) => stopped.push(cap),
      };
      const sender = new Sender(rpc, localSigner(key.privateKey), journal, { ...options, ...changes }, events);
      return { sender, journal };
    };
    const to = await chain.token.getAddress();
    const { sender, journal } = await again();
    const head = () => readHead(new HttpRpcClient(chain.url, { timeoutMs: 10_000 }));
    return {
      ...{ address, key, sender, journal, sent, ended, stopped, again, head },
      tend: async (by = sender) => by.tend(await head()),
      /** One unit minted to the sender itself: its balance counts how often the work was done. */
      submit: async (job: string, by = sender): Promise<SendOutcome> => {
        const data = chain.token.interface.encodeFunctionData("mint", [address, 1n]);
        return by.submit({ job, to, data }, await head());
      },
      done: () => chain.token.balanceOf(address),
      foreign: new Wallet(key, chain.provider),
    };
  };
  const mine = (count = 1): Promise<unknown> => chain.rpc("hardhat_mine", [`0x${count.toString(16)}`]);
  const nonceOf = (outcome: SendOutcome): number => ("nonce" in outcome ? outcome.nonce : -1);
  /** The next blocks ask for more than what is in the pool offers. */
  const spike = async (gwei: bigint): Promise<void> => {
    await chain.rpc("hardhat_setNextBlockBaseFeePerGas", [`0x${(gwei * GWEI).toString(16)}`]);
    await mine();
  };
  /** Blocks are empty, so the base fee falls by itself until it is cheap again. */
  const calm = async (): Promise<void> => {
    await chain.rpc("hardhat_setNextBlockBaseFeePerGas", [`0x${GWEI.toString(16)}`]);
    await mine();
  };

  it("keeps several transactions in flight, each with a nonce of its own, and books what they cost", async () => {
    const s = await opened();
    const outcomes = [await s.submit("a"), await s.submit("b"), await s.submit("c")];
    expect(outcomes.map(nonceOf)).to.deep.equal([0, 1, 2]);
    await s.tend();
    expect(s.sender.inFlight).to.equal(3);
    const before = await chain.provider.getBalance(s.address);
    await mine();
    await s.tend();
    expect(s.ended.map(({ job, state }) => [job, state])).to.deep.equal([
      ["a", "mined"],
      ["b", "mined"],
      ["c", "mined"],
    ]);
    const spent = before - (await chain.provider.getBalance(s.address));
    expect(s.sender.spentTodayWei).to.equal(spent);
    expect(await s.done()).to.equal(3n);
  });

  it("does one piece of work once, however often it is submitted", async () => {
    const s = await opened();
    const both = await Promise.all([s.submit("same"), s.submit("same")]);
    expect(both.map(({ kind }) => kind).sort()).to.deep.equal(["pending", "sent"]);
    await mine();
    await s.tend();
    expect(await s.done()).to.equal(1n);
  });

  it("has at most so many in flight", async () => {
    const s = await opened({ mostInFlight: 2 });
    await s.submit("a");
    await s.submit("b");
    expect(await s.submit("c")).to.deep.equal({ kind: "stopped", by: "inFlight" });
    await mine();
    await s.tend();
    expect((await s.submit("c")).kind).to.equal("sent");
    await mine();
  });

  it("sends nothing that the chain would refuse, and says which error", async () => {
    const s = await opened();
    const paid = await chain.pay();
    const data = chain.escrow.interface.encodeFunctionData("reclaim", [paid.packed]);
    const outcome = await s.sender.submit({ job: "early", to: chain.addresses.escrow, data }, await s.head());
    expect(outcome).to.include({ kind: "refused", error: "ReclaimTooEarly" });
    expect(s.journal.open()).to.deep.equal([]);
  });

  it("neither doubles nor forgets over a restart, also where the endpoint's pool was emptied", async () => {
    const s = await opened();
    const first = await s.submit("a");
    await s.submit("b");
    await chain.rpc("hardhat_dropTransaction", ["hash" in first ? first.hash : ""]);
    const { sender } = await s.again();
    expect((await s.submit("a", sender)).kind).to.equal("pending");
    await s.tend(sender);
    await mine();
    await s.tend(sender);
    expect(s.ended.map(({ job }) => job)).to.deep.equal(["a", "b"]);
    expect(await s.done()).to.equal(2n);
  });

  it("knows after a restart what was mined meanwhile", async () => {
    const s = await opened();
    await s.submit("a");
    await mine();
    const { sender, journal } = await s.again();
    await s.tend(sender);
    expect(journal.open()).to.deep.equal([]);
    expect(s.ended.map(({ state }) => state)).to.deep.equal(["mined"]);
  });

  it("replaces a stuck transaction with a higher fee and the same nonce", async () => {
    const s = await opened();
    const { nonce } = (await s.submit("a")) as { nonce: number }; // it was sent
    await spike(60n);
    for (let block = 0; block < 3; block++) await spike(60n);
    await s.tend();
    expect(s.sent).to.deep.equal(["new a", "replacement a"]);
    await spike(60n);
    await s.tend();
    const [row] = s.ended;
    expect(row).to.include({ job: "a", nonce, state: "mined" });
    expect(row && hashesOf(row)).to.have.length(2);
    expect(await s.done()).to.equal(1n);
    await calm();
  });

  it("cancels a stuck transaction whose work is done by somebody else, so that the next is not stuck behind it", async () => {
    const s = await opened();
    const paid = await expired(chain);
    const data = chain.escrow.interface.encodeFunctionData("reclaim", [paid.packed]);
    const work = { job: "reclaim", to: chain.addresses.escrow, data };
    expect((await s.sender.submit(work, await s.head())).kind).to.equal("sent");
    await s.submit("behind");
    await spike(60n);
    await chain.escrow.connect(chain.other).reclaim(paid.packed, { maxFeePerGas: 400n * GWEI });
    for (let block = 0; block < 3; block++) await spike(60n);
    await s.tend();
    expect(s.sent).to.deep.equal(["new reclaim", "new behind", "cancellation cancel:0"]);
    await calm();
    await mine();
    await s.tend();
    expect(s.ended.map(({ job, state }) => `${job} ${state}`)).to.deep.equal(["cancel:0 mined", "behind mined"]);
    expect(await s.done()).to.equal(1n);
  });

  it("goes on after transactions that somebody else sent with the same key", async () => {
    const s = await opened();
    await s.foreign.sendTransaction({ to: s.address, nonce: 0 });
    await mine();
    await s.foreign.sendTransaction({ to: s.address, nonce: 1 });
    expect(nonceOf(await s.submit("a"))).to.equal(2);
    await mine();
    await s.tend();
    expect(s.ended.map(({ state }) => state)).to.deep.equal(["mined"]);
  });

  it("sees that a foreign transaction took its nonce, and frees the work for another try", async () => {
    const s = await opened();
    await s.submit("a");
    await s.foreign.sendTransaction({
      to: s.address,
      nonce: 0,
      maxFeePerGas: 300n * GWEI,
      maxPriorityFeePerGas: 50n * GWEI,
    });
    await mine();
    await s.tend();
    expect(s.ended, "one look could be a lagging endpoint").to.deep.equal([]);
    await s.tend();
    expect(s.ended.map(({ state }) => state)).to.deep.equal(["displaced"]);
    expect(nonceOf(await s.submit("a"))).to.equal(1);
    await mine();
    await s.tend();
    expect(await s.done()).to.equal(1n);
  });

  it("fills a gap that a dropped foreign transaction left below its own", async () => {
    const s = await opened();
    const foreign = await s.foreign.sendTransaction({ to: s.address, nonce: 0 });
    expect(nonceOf(await s.submit("a"))).to.equal(1);
    await chain.rpc("hardhat_dropTransaction", [foreign.hash]);
    await s.tend();
    await s.tend();
    expect(s.sent).to.deep.equal(["new a", "new fill:0"]);
    await mine();
    await s.tend();
    expect(await s.done()).to.equal(1n);
  });

  it("sends again what a reorganisation took away, the same bytes", async () => {
    const s = await opened();
    const snapshot = await chain.rpc("evm_snapshot");
    const { hash } = (await s.submit("a")) as { hash: string }; // it was sent
    await mine();
    await s.tend();
    expect(s.ended.map(({ state }) => state)).to.deep.equal(["mined"]);
    await chain.rpc("evm_revert", [snapshot]);
    s.sender.rolledBack();
    await s.tend();
    expect(s.sender.inFlight).to.equal(1);
    await mine(2);
    await s.tend();
    expect((await chain.provider.getTransactionReceipt(hash))?.status).to.equal(1);
    expect(s.sender.inFlight).to.equal(0);
    expect(await s.done()).to.equal(1n);
  });

  it("keeps what an endpoint that fell silent may have, and gives it again later", async () => {
    const proxy = await new RpcProxy(chain.url).listen();
    const s = await opened({}, 10n * UNIT, proxy.url);
    proxy.tamper = (message) => {
      if (message.method === "eth_call") proxy.down = true; // the look comes through, what follows does not
      return undefined;
    };
    const outcome = await s.submit("a");
    expect(outcome.kind).to.equal("pending");
    proxy.down = false;
    proxy.tamper = () => undefined;
    await s.tend();
    await mine();
    await s.tend();
    await proxy.close();
    expect(await s.done()).to.equal(1n);
  });

  for (const dialect of DIALECTS) {
    it(`has its journal on disk before it sends, the same in ${dialect}`, async () => {
      const stores = await (await freshPlace(dialect, scratch)).open();
      places.push(stores);
      const journal = new Journal(stores.service, "0xAA");
      const row: SendRow = {
        ...{ id: "0x01", account: "0xaa", nonce: 7, job: "post:1", target: "0xbb", data: "0x", gas_limit: "21000" },
        ...{ max_fee: "12", priority_fee: "1", hashes: '["0x01"]', raw: "0x02", state: "open", sent_block: 3 },
        ...{ mined_block: null, cost: null, day: 20_000 },
      };
      await journal.put(row);
      await journal.put({ ...row, state: "mined", mined_block: 4, cost: "250000" });
      await journal.put({ ...row, id: "0x03", nonce: 8 });
      const again = new Journal(stores.service, "0xAA");
      await again.load();
      expect(again.open()).to.deep.equal([{ ...row, id: "0x03", nonce: 8 }]);
      expect(again.minedFrom(4)).to.deep.equal([{ ...row, state: "mined", mined_block: 4, cost: "250000" }]);
      expect(again.spentOn(20_000)).to.equal(250_000n + 12n * 21_000n);
      expect(again.promised()).to.equal(12n * 21_000n);
      await again.prune(20_002, 5);
      expect(again.spentOn(20_000)).to.equal(12n * 21_000n);
    });
  }

  describe("with caps", () => {
    const cases: readonly (readonly [CapName, Partial<SenderOptions["caps"]>, bigint])[] = [
      ["feePerGas", { feePerGas: GWEI / 2n }, 10n * UNIT],
      ["transaction", { transaction: 1_000n }, 10n * UNIT],
      ["day", { day: 1_000n }, 10n * UNIT],
      ["balance", {}, 1_000n],
    ];
    for (const [cap, caps, balance] of cases) {
      it(`stops, and says so, where ${cap} is too low`, async () => {
        const s = await opened({ caps: { ...RICH, ...caps } }, balance);
        const outcome = await s.submit("a");
        // An account without money is refused by some endpoints when the call is tried already.
        if (cap === "balance" && outcome.kind === "refused") return expect(outcome.error).to.match(/funds/i);
        expect(outcome).to.deep.equal({ kind: "stopped", by: cap });
        expect(s.stopped).to.deep.equal([cap]);
        expect(s.journal.open()).to.deep.equal([]);
      });
    }

    it("stops when the day is spent, what is in flight included, and goes on the next day", async () => {
      const s = await opened();
      await s.submit("probe");
      const [probe] = s.journal.open();
      const most = BigInt(probe?.gas_limit ?? 0) * BigInt(probe?.max_fee ?? 0);
      const t = await opened({ caps: { ...RICH, day: most + most / 100n } });
      expect((await t.submit("a")).kind).to.equal("sent");
      expect(await t.submit("b")).to.deep.equal({ kind: "stopped", by: "day" });
      await mine();
      await chain.rpc("evm_increaseTime", [DAY]);
      await mine();
      await t.tend();
      expect((await t.submit("b")).kind).to.equal("sent");
      await mine();
    });

    it("does not follow a fee spike beyond its cap, and sends once the spike is over", async () => {
      const s = await opened({ caps: { ...RICH, feePerGas: 20n * GWEI } });
      await spike(100n);
      expect(await s.submit("a")).to.deep.equal({ kind: "stopped", by: "feePerGas" });
      await calm();
      expect((await s.submit("a")).kind).to.equal("sent");
      await mine();
      await s.tend();
      expect(await s.done()).to.equal(1n);
    });
  });
});

type Paid = Awaited<ReturnType<TestChain["pay"]>>;

/** A payment whose capture time is over. */
async function expired(chain: TestChain): Promise<Paid> {
  const paid = await chain.pay();
  await chain.rpc("hardhat_mine", ["0x1"]);
  await chain.rpc("evm_increaseTime", [8 * DAY]);
  await chain.rpc("hardhat_mine", ["0x1"]);
  return paid;
}
