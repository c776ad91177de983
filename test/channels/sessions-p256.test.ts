import { webcrypto } from "node:crypto";

import {
  channelId,
  p256Signature,
  packChannelTerms,
  packSession,
  sessionTerms,
  voucherTypedData,
  type Session,
} from "@sluice/sdk";
import { expect } from "chai";
import { concat, getBytes, hexlify, TypedDataEncoder } from "ethers";
import { network } from "hardhat";

import { attesterKeys, epochConfig, POLICY, UNIT } from "../shared/suite.ts";

const DAY = 86_400;

/** Channels on a chain with the precompile of EIP-7951, or on one without. */
async function channelsOn(hardfork: "osaka" | "prague") {
  const { ethers, networkHelpers } = await network.create({ network: "hardhat", override: { hardfork } });
  const [governor, payer, payee] = await ethers.getSigners();
  if (!governor || !payer || !payee) throw new Error("three accounts needed");
  const token = await ethers.deployContract("LocalToken");
  const address = await token.getAddress();
  const epoch = await ethers.deployContract("DirectEpoch", [epochConfig(attesterKeys(3), 2, address)]);
  const gate = await ethers.deployContract("RiskGate", [POLICY, await epoch.getAddress(), governor.address]);
  const deployed = await ethers.deployContract("PaymentChannels", [await gate.getAddress()]);
  const channels = await ethers.getContractAt("IPaymentChannels", await deployed.getAddress());
  const { chainId } = await ethers.provider.getNetwork();
  const site = { chainId, channels: await channels.getAddress() };
  await token.mint(payer.address, 50n * UNIT);
  await token.connect(payer).approve(site.channels, 50n * UNIT);
  await networkHelpers.mine(2);
  return { ethers, networkHelpers, channels, site, payer, payee, token: address };
}

type World = Awaited<ReturnType<typeof channelsOn>>;

/** A key that never leaves WebCrypto, and a session for it. */
async function keyed({ networkHelpers, payer, payee, token }: World) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await webcrypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const raw = new Uint8Array(await webcrypto.subtle.exportKey("raw", pair.publicKey));
  const start = await networkHelpers.time.latest();
  const session: Session = {
    payer: payer.address,
    token,
    keyKind: "P256",
    key: hexlify(raw.slice(1)), // the first byte says that both coordinates follow
    capPerPeriod: 10n * UNIT,
    period: DAY,
    start,
    expiry: start + DAY,
    notice: 3_600,
    salt: 1n,
    payees: [payee.address],
  };
  return { session, key: pair.privateKey };
}

async function sign(key: webcrypto.CryptoKey, digest: string): Promise<string> {
  const raw = await webcrypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, getBytes(digest));
  return p256Signature(hexlify(new Uint8Array(raw)));
}

async function opened(world: World, session: Session) {
  const terms = sessionTerms(session, { payee: world.payee.address, exitDelay: DAY }, world.site);
  await world.channels.connect(world.payer).open(packChannelTerms(terms), 20n * UNIT);
  const { domain, types, message } = voucherTypedData(channelId(terms, world.site), 4n * UNIT, world.site);
  return { packed: packChannelTerms(terms), digest: TypedDataEncoder.hash(domain, types, message) };
}

describe("sessions of P-256 keys", () => {
  it("pay what a key of the browser signed, on a chain that has the precompile", async () => {
    const world = await channelsOn("osaka");
    const { session, key } = await keyed(world);
    const { packed, digest } = await opened(world, session);
    const signature = await sign(key, digest);
    await world.channels.redeemBySession(packed, 4n * UNIT, packSession(session), signature, "0x");
    const { claimed } = await world.channels.channel(await world.channels.idOf(packed));
    expect(claimed).to.equal(4n * UNIT);
  });

  it("refuse another key's signature, another amount's, and one of another length", async () => {
    const world = await channelsOn("osaka");
    const { session, key } = await keyed(world);
    const { packed, digest } = await opened(world, session);
    const stranger = await keyed(world);
    const signature = await sign(key, digest);
    const tries: [bigint, string][] = [
      [4n * UNIT, await sign(stranger.key, digest)],
      [5n * UNIT, signature],
      [4n * UNIT, concat([signature, "0x00"])],
    ];
    for (const [amount, signed] of tries) {
      await expect(
        world.channels.redeemBySession(packed, amount, packSession(session), signed, "0x"),
      ).to.be.revertedWithCustomError(world.channels, "SessionSignatureInvalid");
    }
  });

  it("revert on a chain without it, and the payer gets out as ever", async () => {
    const world = await channelsOn("prague");
    const { session, key } = await keyed(world);
    const { packed, digest } = await opened(world, session);
    const signature = await sign(key, digest);
    await expect(world.channels.redeemBySession(packed, 4n * UNIT, packSession(session), signature, "0x")).to.be.revert(
      world.ethers,
    );
    await world.channels.connect(world.payer).requestExit(packed);
    await world.networkHelpers.time.increase(DAY);
    await world.channels.finalizeExit(packed);
    const { closed } = await world.channels.channel(await world.channels.idOf(packed));
    expect(closed).to.equal(true);
  });
});
