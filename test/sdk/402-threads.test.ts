import { Worker } from "node:worker_threads";

import { expect } from "chai";
import { hexlify } from "ethers";

import { threadedVerifier, type KeyVerifier } from "../../sdk/src/paywall/index.ts";
import { voucherSigner, voucherVerifier, type VoucherToVerify } from "../../sdk/src/vouchers/index.ts";
import { fixture } from "../channels/world.ts";
import { key } from "../shared/suite.ts";
import { closeServers, native, payerWith, startSeller } from "./seller.ts";

const site = { chainId: 8453, channels: `0x${"c1".repeat(20)}` };
const channel = hexlify(new Uint8Array(32).fill(9));
const signer = voucherSigner(key("402 threads").privateKey, site, native);

function vouchersOf(count: number): VoucherToVerify[] {
  return Array.from({ length: count }, (_, index) => {
    const cumulative = BigInt(index);
    return { channel, cumulative, signature: signer.sign(channel, cumulative), signer: signer.address };
  });
}

const verdictsOf = (verifier: KeyVerifier, vouchers: readonly VoucherToVerify[]): Promise<boolean[]> =>
  Promise.all(vouchers.map(async (voucher) => verifier.verify(voucher)));

describe("402: threads that verify", () => {
  const threads: Worker[] = [];
  const started = (data = "immortal"): Worker => {
    const thread = new Worker(new URL("verifierThread.ts", import.meta.url), { workerData: data });
    threads.push(thread);
    return thread;
  };
  afterEach(async () => {
    await closeServers();
    await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
  });

  it("say of each voucher what the verifier here says, in whatever order they come", async () => {
    const good = vouchersOf(50);
    const [first] = good as [VoucherToVerify];
    const bad = [
      { ...first, cumulative: 7n },
      { ...first, signer: site.channels },
      { ...first, signature: `0x${"11".repeat(64)}` },
      { ...first, signature: "0x,;" },
      { ...first, signature: `${first.signature};${first.signature}` },
      { ...first, signature: "" },
      { ...first, channel: hexlify(new Uint8Array(32)) },
    ];
    const vouchers = [...good, ...bad].toSorted((a, b) => (a.signature < b.signature ? -1 : 1));
    const here = voucherVerifier(site, native);
    const verdicts = await verdictsOf(threadedVerifier(site, [started(), started()], native), vouchers);
    expect(verdicts).to.deep.equal(vouchers.map((voucher) => here.verify(voucher)));
    expect(verdicts.filter(Boolean)).to.have.length(50);
  });

  it("that die leave no voucher without a verdict: it is verified here", async () => {
    const thread = started("mortal");
    const ended = new Promise((resolve) => thread.once("exit", resolve));
    const verifier = threadedVerifier(site, [thread], native);
    const vouchers = vouchersOf(3);
    for (const voucher of vouchers) expect(await verifier.verify(voucher)).to.equal(true);
    await ended;
    expect(await verdictsOf(verifier, [...vouchers, { ...vouchers[0]!, cumulative: 9n }])).to.deep.equal([
      ...[true, true, true, false],
    ]);
  });

  it("serve a paywall, which refuses a forged voucher as ever", async () => {
    const world = await fixture();
    const verifier = threadedVerifier(world.channelSite, [started()], native);
    const seller = await startSeller(world, { verifier });
    const { fetch: buy } = await payerWith(world, "402 threaded");
    for (let call = 0; call < 5; call += 1) expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    const forger = voucherSigner(key("402 forger").privateKey, world.channelSite, native);
    const forged = { ...forger, address: voucherSigner(key("402 honest key").privateKey, world.channelSite).address };
    const { fetch: steal } = await payerWith(world, "402 robbed", { sessionKey: forged });
    const response = await steal(`${seller.url}/weather`);
    expect(await response.json()).to.include({ error: "invalid_batch_settlement_evm_voucher_signature" });
  });
});
