import { expect } from "chai";
import { AbstractSigner, hexlify, type Provider, type TypedDataDomain, type TypedDataField } from "ethers";

import { channelId, packChannelTerms } from "../../sdk/src/index.ts";
import { payFetch, type PayFetchOptions } from "../../sdk/src/pay402/index.ts";
import { memoryStore, siteKey, voucherRedeemer, watchtower } from "../../sdk/src/paywall/index.ts";
import { fixture, HOUR, termsOf, type Channels } from "../channels/world.ts";
import { ethers, UNIT } from "../shared/suite.ts";
import { thrownBy } from "./refusals.ts";
import { closeServers, PRICE, startSeller, type Seller } from "./seller.ts";

const DEPOSIT = 10n * UNIT;
const limits = { mostUnredeemed: 5n * PRICE };

/** A wallet whose account is a contract: what it signs, the contract accepts. */
class AccountSigner extends AbstractSigner {
  readonly #account: string;
  readonly #owner: Pick<AbstractSigner, "signTypedData">;

  constructor(account: string, owner: Pick<AbstractSigner, "signTypedData">, provider: Provider) {
    super(provider);
    this.#account = account;
    this.#owner = owner;
  }
  getAddress(): Promise<string> {
    return Promise.resolve(this.#account);
  }
  signTypedData(domain: TypedDataDomain, types: Record<string, TypedDataField[]>, value: Record<string, unknown>) {
    return this.#owner.signTypedData(domain, types, value);
  }
  connect(): never {
    throw new Error("not needed");
  }
  signTransaction(): never {
    throw new Error("a contract signs no transactions");
  }
  signMessage(): never {
    throw new Error("not needed");
  }
}

/** A contract account of the stranger's key with an open channel. */
async function accountIn(world: Channels) {
  const account = await ethers.deployContract("ActorAccount", [world.stranger.address]);
  const payer = await account.getAddress();
  await world.token.mint(payer, DEPOSIT);
  const approve = world.token.interface.encodeFunctionData("approve", [world.channelSite.channels, DEPOSIT]);
  await account.execute(await world.token.getAddress(), approve);
  const terms = await termsOf(world, { payer });
  const open = world.channels.interface.encodeFunctionData("open", [packChannelTerms(terms), DEPOSIT]);
  await account.execute(world.channelSite.channels, open);
  const id = channelId(terms, world.channelSite);
  const purse = [{ id, terms, deposit: DEPOSIT, signed: 0n, spent: 0n, pending: undefined }];
  return { payer, purse };
}

function buyerOf(
  world: Channels,
  { payer, purse }: Awaited<ReturnType<typeof accountIn>>,
  changes: Partial<PayFetchOptions> = {},
) {
  return payFetch({
    ...{ signer: new AccountSigner(payer, world.stranger, ethers.provider), channels: world.channelSite, purse },
    ...{ maxPerCall: UNIT, maxTotal: DEPOSIT, openWith: { deposit: DEPOSIT }, ...changes },
  });
}

/** The chain's provider, and how often it was asked what. */
function counted(): { provider: Provider; asked: () => Record<string, number> } {
  const counts: Record<string, number> = {};
  const provider = new Proxy(ethers.provider, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        const isQuestion = name === "call" && String(Reflect.get(args[0] as object, "data")).startsWith("0x1626ba7e");
        if (name === "getCode" || isQuestion) counts[String(name)] = (counts[String(name)] ?? 0) + 1;
        return (value as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  }) as unknown as Provider; // answers as the provider it stands for
  return { provider, asked: () => counts };
}

const errorOf = async (response: Response): Promise<unknown> =>
  response.status === 200 ? 200 : Reflect.get(Object(await response.json()), "error");

const redeemerOf = (world: Channels, { store, clock }: Seller, contractValue?: bigint) =>
  voucherRedeemer({
    ...{ site: world.channelSite, provider: ethers.provider, signer: world.stranger, store },
    ...{ now: () => clock.seconds, ...(contractValue === undefined ? {} : { contractValue }) },
  });

/** Turns the account into one of another owner, as an upgrade or a delegation of EIP-7702 does. */
async function changeMind(world: Channels, payer: string): Promise<void> {
  const other = await ethers.deployContract("ActorAccount", [world.deployer.address]);
  await ethers.provider.send("hardhat_setCode", [payer, await ethers.provider.getCode(await other.getAddress())]);
}

describe("402: contract accounts", () => {
  afterEach(closeServers);

  it("pay by signatures that they accept, and are asked once while what is known of them is fresh", async () => {
    const world = await fixture();
    const { provider, asked } = counted();
    const seller = await startSeller(world, { provider, contractSigners: limits });
    const buy = buyerOf(world, await accountIn(world));
    for (let call = 0; call < 5; call += 1) expect(await errorOf(await buy(`${seller.url}/weather`))).to.equal(200);
    expect(asked()).to.deep.equal({ getCode: 1, call: 1 });
    seller.clock.seconds += 31;
    await redeemerOf(world, seller, 1n).round();
    seller.clock.seconds += 31;
    expect(await errorOf(await buy(`${seller.url}/weather`))).to.equal(200);
    expect(asked()).to.deep.equal({ getCode: 2, call: 2 });
  });

  it("are not taken by a seller who says nothing of them", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const buy = buyerOf(world, await accountIn(world));
    expect(await errorOf(await buy(`${seller.url}/weather`))).to.equal(
      "invalid_batch_settlement_evm_voucher_signature",
    );
  });

  it("owe at most what the seller risks, and are redeemed one by one before that", async () => {
    const world = await fixture();
    const seller = await startSeller(world, { contractSigners: limits, maxAgeSeconds: 1 });
    const buy = buyerOf(world, await accountIn(world));
    const call = async () => errorOf(await buy(`${seller.url}/weather`));
    for (let count = 0; count < 5; count += 1) expect(await call()).to.equal(200);
    expect(await call()).to.equal("sluice_unredeemed_limit");
    const redeemer = redeemerOf(world, seller, 4n * PRICE);
    expect((await redeemer.round()).paid.map(({ cumulative }) => cumulative)).to.deep.equal([5n * PRICE]);
    seller.clock.seconds += 2;
    expect(await call()).to.equal(200);
    expect((await redeemer.round()).paid, "too little for now").to.deep.equal([]);
  });

  it("that change their mind are served no more, and what was accepted costs no gas in vain", async () => {
    const world = await fixture();
    const seller = await startSeller(world, { contractSigners: limits, maxAgeSeconds: 5 });
    const account = await accountIn(world);
    const buy = buyerOf(world, account);
    expect(await errorOf(await buy(`${seller.url}/weather`))).to.equal(200);
    await changeMind(world, account.payer);
    seller.clock.seconds += 6;
    expect(await errorOf(await buy(`${seller.url}/weather`))).to.equal(
      "invalid_batch_settlement_evm_voucher_signature",
    );
    const sent = await ethers.provider.getTransactionCount(world.stranger.address);
    const { paid, left } = await redeemerOf(world, seller, 1n).round();
    expect(paid).to.deep.equal([]);
    expect(left).to.deep.equal([{ channel: account.purse[0]!.id, problem: "VoucherSignatureInvalid" }]);
    expect(await ethers.provider.getTransactionCount(world.stranger.address)).to.equal(sent);
    expect(seller.served()).to.equal(1);
  });

  it("are asked so often a second and no oftener, whatever garbage comes; those who paid before go on", async () => {
    const world = await fixture();
    const { provider, asked } = counted();
    const known = { ...limits, mostUnredeemed: DEPOSIT, strangersPerSecond: 3 };
    const seller = await startSeller(world, { provider, contractSigners: known });
    const account = await accountIn(world);
    const buy = buyerOf(world, account, { depositTimeoutMs: 0 });
    expect(await errorOf(await buy(`${seller.url}/weather`))).to.equal(200);
    const garbage = Array.from({ length: 20 }, async (_, index) => {
      const payer = hexlify(new Uint8Array(20).fill(index + 1));
      const terms = await termsOf(world, { payer });
      const purse = [{ ...account.purse[0]!, id: channelId(terms, world.channelSite), terms }];
      return errorOf(await buyerOf(world, { payer, purse }, { depositTimeoutMs: 0 })(`${seller.url}/weather`));
    });
    const answers = await Promise.all(garbage);
    const busy = answers.filter((answer) => answer === "invalid_batch_settlement_evm_channel_busy");
    expect(busy.length).to.equal(18);
    expect(asked(), "two of three questions were left after the honest one").to.deep.equal({ getCode: 3, call: 1 });
    expect(await errorOf(await buy(`${seller.url}/weather`))).to.equal(200);
    expect(seller.errors).to.deep.equal([]);
  });

  it("go on from an old purse, and are held by a watchtower", async () => {
    const world = await fixture();
    const seller = await startSeller(world, { contractSigners: limits });
    const account = await accountIn(world);
    const buy = buyerOf(world, account);
    const early = buy.purse();
    await buy(`${seller.url}/weather`);
    const again = buyerOf(world, { ...account, purse: early as typeof account.purse });
    expect(await errorOf(await again(`${seller.url}/weather`))).to.equal(200);
    const [record] = await seller.store.all(siteKey(world.channelSite));
    const { terms, signed: cumulative, signature } = record!;
    const [site, provider, signer] = [world.channelSite, ethers.provider, world.stranger];
    const tower = watchtower({ site, provider, signer, store: memoryStore() });
    expect(await tower.hold({ terms, cumulative, signature })).to.equal(true);
    expect(await thrownBy(tower.hold({ terms, cumulative: cumulative + 1n, signature }))).to.include({
      code: "SIGNATURE_INVALID",
    });
    expect(terms.exitDelay).to.equal(24 * HOUR);
  });
});
