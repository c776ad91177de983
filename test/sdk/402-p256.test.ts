import { expect } from "chai";
import { hexlify, toBeHex } from "ethers";
import { network } from "hardhat";

import { SluiceError, type Session } from "../../sdk/src/index.ts";
import { payFetch, type PayFetchOptions } from "../../sdk/src/pay402/index.ts";
import { memoryStore, siteKey, voucherRedeemer, watchtower } from "../../sdk/src/paywall/index.ts";
import { p256Support } from "../../sdk/src/paywall/p256Support.ts";
import { p256VoucherSigner, p256VoucherVerifier, type P256VoucherSigner } from "../../sdk/src/vouchers/index.ts";
import { DAY } from "../channels/sessions.ts";
import { HOUR, type Channels } from "../channels/world.ts";
import { attesterKeys, epochConfig, POLICY, UNIT } from "../shared/suite.ts";
import { thrownBy } from "./refusals.ts";
import { closeServers, PRICE, startSeller } from "./seller.ts";

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Channels on a chain with the precompile of EIP-7951. */
async function osaka() {
  const { ethers, networkHelpers } = await network.create({ network: "hardhat", override: { hardfork: "osaka" } });
  const [deployer, payer, payee, stranger] = await ethers.getSigners();
  if (!deployer || !payer || !payee || !stranger) throw new Error("four accounts needed");
  const token = await ethers.deployContract("LocalToken");
  const address = await token.getAddress();
  const epoch = await ethers.deployContract("DirectEpoch", [epochConfig(attesterKeys(3), 2, address)]);
  const gate = await ethers.deployContract("RiskGate", [POLICY, await epoch.getAddress(), deployer.address]);
  const deployed = await ethers.deployContract("PaymentChannels", [await gate.getAddress()]);
  const { chainId } = await ethers.provider.getNetwork();
  const channelSite = { chainId, channels: await deployed.getAddress() };
  await token.mint(payer.address, 100n * UNIT);
  await token.connect(payer).approve(channelSite.channels, 100n * UNIT);
  await networkHelpers.mine(2);
  const now = await networkHelpers.time.latest();
  const world = { payer, payee, stranger, token, channelSite } as unknown as Channels; // what sellers need of it
  const { provider } = ethers;
  const sold = async () => {
    const seller = await startSeller(world, { provider, maxAgeSeconds: 30 });
    seller.clock.seconds = now;
    return seller;
  };
  return { world, provider, now, sold, token: address };
}

type World = Awaited<ReturnType<typeof osaka>>;

async function keyOf({ world }: World): Promise<P256VoucherSigner> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return p256VoucherSigner(await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]), world.channelSite);
}

/** An agent whose key nobody can read, not even he. */
function agentOf({ world, now, token }: World, sessionKey: P256VoucherSigner, changes: Partial<PayFetchOptions> = {}) {
  const session: Session = {
    ...{ payer: world.payer.address, token, keyKind: "P256", key: sessionKey.key, capPerPeriod: 10n * UNIT },
    ...{ period: DAY, start: now, expiry: now + 7 * DAY, notice: 2 * HOUR, salt: 1n, payees: [world.payee.address] },
  };
  const limits = { maxPerCall: 20n * UNIT, maxTotal: 80n * UNIT, openWith: { deposit: 80n * UNIT } };
  return payFetch({ signer: world.payer, sessionKey, session, channels: world.channelSite, ...limits, ...changes });
}

describe("402: P-256 keys", () => {
  afterEach(closeServers);

  it("of WebCrypto pay calls in the bounds of their session, and their last voucher is redeemed", async () => {
    const scene = await osaka();
    const { world } = scene;
    const seller = await scene.sold();
    const sessionKey = await keyOf(scene);
    const buy = agentOf(scene, sessionKey);
    for (let call = 0; call < 3; call += 1) expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    const redeemer = voucherRedeemer({
      ...{ site: world.channelSite, provider: scene.provider, signer: world.stranger, store: seller.store },
      ...{ minValue: 1n, now: () => seller.clock.seconds },
    });
    const { paid, left } = await redeemer.round();
    expect([paid.map(({ cumulative }) => cumulative), left]).to.deep.equal([[3n * PRICE], []]);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(3n * PRICE);
    expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
  });

  it("go on from an old purse: they know their own vouchers again", async () => {
    const scene = await osaka();
    const seller = await scene.sold();
    const sessionKey = await keyOf(scene);
    const buy = agentOf(scene, sessionKey);
    await buy(`${seller.url}/weather`);
    const early = buy.purse();
    await buy(`${seller.url}/weather`);
    const again = agentOf(scene, sessionKey, { purse: early });
    expect((await again(`${seller.url}/weather`)).status).to.equal(200);
    expect(again.purse()[0]).to.include({ signed: 3n * PRICE });
  });

  it("of a stranger, over another amount or with a high s are refused, as on chain", async () => {
    const scene = await osaka();
    const { world } = scene;
    const [own, stranger] = [await keyOf(scene), await keyOf(scene)];
    const verify = p256VoucherVerifier(world.channelSite);
    const channel = hexlify(new Uint8Array(32).fill(7));
    const signature = await own.sign(channel, 5n);
    const s = BigInt(`0x${signature.slice(66)}`);
    const high = `${signature.slice(0, 66)}${toBeHex(order - s, 32).slice(2)}`;
    const voucher = { channel, cumulative: 5n, signature, key: own.key };
    const tries: [boolean, typeof voucher][] = [
      [true, voucher],
      [true, { ...voucher, key: `0x${own.key.slice(2).toUpperCase()}` }],
      [false, { ...voucher, key: stranger.key }],
      [false, { ...voucher, cumulative: 6n }],
      [false, { ...voucher, signature: high }],
      [false, { ...voucher, signature: `${signature}00` }],
      [false, { ...voucher, key: `0x${"11".repeat(64)}` }],
    ];
    for (const [index, [valid, tried]] of tries.entries()) expect(await verify(tried), `try ${index}`).to.equal(valid);
    const seller = await scene.sold();
    const buy = agentOf(scene, { key: own.key, sign: (id, cumulative) => stranger.sign(id, cumulative) });
    const answer = await buy(`${seller.url}/weather`);
    expect([answer.status, await answer.json()]).to.have.nested.property(
      "[1].error",
      "invalid_batch_settlement_evm_voucher_signature",
    );
    expect(seller.served()).to.equal(0);
  });

  it("are not taken on a chain that cannot verify them: the vouchers would be worth nothing", async () => {
    const { ethers: prague } = await network.create({ network: "hardhat", override: { hardfork: "prague" } });
    const scene = await osaka();
    expect(await p256Support(scene.provider)()).to.equal(true);
    expect(await p256Support(prague.provider)()).to.equal(false);
    const seller = await startSeller(scene.world, { provider: prague.provider });
    seller.clock.seconds = scene.now;
    const buy = agentOf(scene, await keyOf(scene));
    expect((await buy(`${seller.url}/weather`)).status).to.equal(402);
    expect([seller.served(), seller.errors]).to.deep.equal([0, []]);
  });

  it("need a session that names them", async () => {
    const scene = await osaka();
    const { world } = scene;
    const seller = await scene.sold();
    const buy = payFetch({
      ...{ signer: world.payer, sessionKey: await keyOf(scene), channels: world.channelSite },
      ...{ maxPerCall: UNIT, maxTotal: UNIT, openWith: { deposit: UNIT } },
    });
    expect(await thrownBy(buy(`${seller.url}/weather`)))
      .to.be.instanceOf(SluiceError)
      .and.include({ code: "TERMS_INVALID", field: "sessionKey" });
  });

  it("are known to a watchtower, which takes no forged voucher", async () => {
    const scene = await osaka();
    const { world, provider } = scene;
    const seller = await scene.sold();
    const buy = agentOf(scene, await keyOf(scene));
    await buy(`${seller.url}/weather`);
    const [record] = await seller.store.all(siteKey(world.channelSite));
    const { terms, signed: cumulative, signature } = record!;
    const [site, signer] = [world.channelSite, world.stranger];
    const tower = watchtower({ site, provider, signer, store: memoryStore() });
    expect(await tower.hold({ terms, cumulative, signature })).to.equal(true);
    expect(await thrownBy(tower.hold({ terms, cumulative: cumulative + 1n, signature }))).to.include({
      code: "SIGNATURE_INVALID",
    });
  });
});
