import {
  attributionOf,
  attributionSuffix,
  packTerms,
  payments,
  referralCode,
  referrals,
  referralTag,
  referralText,
  SluiceError,
} from "@sluice/sdk";
import { expect } from "chai";
import { concat, encodeBytes32String, hexlify, Interface, toUtf8Bytes, ZeroAddress } from "ethers";

import { random as seeded } from "../shared/random.ts";
import { ethers, termsFor } from "../shared/suite.ts";
import { money, type Money } from "./world.ts";

const LONG = "a_shop_whose_name_is_long";

async function siteOf(world: Money) {
  return { chainId: world.chainId, referralCodes: await world.codes.getAddress() };
}

describe("ReferralCodes.register", () => {
  it("gives a code to who comes first, with a payout address, and the tag in a payment's terms resolves to it", async () => {
    const world = await money();
    const { codes, payee, stranger, feeReceiver } = world;
    const site = await siteOf(world);
    for (const code of ["acme_shop", "abc", "twelve_chars", LONG, "z".repeat(32)]) {
      const { event } = await referrals.register(payee, site, code, feeReceiver.address);
      const tag = referralTag(code);
      expect(event).to.deep.equal({ code, tag, owner: payee.address, payout: feeReceiver.address });
      expect(await codes.tagOf(referralCode(code))).to.equal(tag);
      expect(await codes.payoutOf(tag)).to.equal(feeReceiver.address);
      const found = await referrals.lookup(ethers.provider, site, tag);
      expect(found).to.deep.equal({ code, owner: payee.address, payout: feeReceiver.address, offeredTo: undefined });
      expect(referralText(tag)).to.equal(code.length <= 12 ? code : undefined);
      await expect(codes.connect(stranger).register(referralCode(code), stranger.address))
        .to.be.revertedWithCustomError(codes, "CodeTaken")
        .withArgs(referralCode(code), payee.address);
    }
    expect(await referrals.lookup(ethers.provider, site, "nobody")).to.equal(undefined);
    expect(await codes.payoutOf(`0x${"00".repeat(12)}`)).to.equal(ZeroAddress);
  });

  it("refuses what is no code, at the position that breaks the rules, as the SDK does", async () => {
    const { codes, payee } = await money();
    const refused: [text: string, position: number][] = [
      ...(
        [
          ["", 0],
          ["ab", 2],
          ["9lives", 0],
          ["_abc", 0],
          ["Acme", 0],
          ["acmE", 3],
          ["ac me", 2],
          ["ac-me", 2],
        ] as const
      ).map(([text, position]): [string, number] => [text, position]),
      ["abcdef0123456", 13],
      ["deadbeef".repeat(3), 24],
      ["é_shop", 0],
    ];
    for (const [text, position] of refused) {
      const word = hexlify(concat([toUtf8Bytes(text), new Uint8Array(32)])).slice(0, 66);
      await expect(codes.register(word, payee.address), text)
        .to.be.revertedWithCustomError(codes, "CodeInvalid")
        .withArgs(word, position);
      expect(await codes.isValidCode(text), text).to.equal(false);
      expect(() => referralCode(text), text)
        .to.throw(SluiceError)
        .with.property("code", "REFERRAL_INVALID");
    }
    const gap = `0x${"616263".padEnd(10, "0")}${"64".padEnd(54, "0")}`;
    await expect(codes.register(gap, payee.address)).to.be.revertedWithCustomError(codes, "CodeInvalid");
    await expect(codes.register(encodeBytes32String("acme"), ZeroAddress)).to.be.revertedWithCustomError(
      codes,
      "AddressZero",
    );
    // Twelve hexadecimal digits are a name like any other: only long identifiers are kept free.
    await codes.register(encodeBytes32String("abcdef012345"), payee.address);
    await codes.register(encodeBytes32String("abcdef01234_5"), payee.address);
  });

  it("agrees with the SDK about random texts", async () => {
    const { codes } = await money();
    const seed = 8_021;
    const random = seeded(seed);
    const alphabet = "abcdefgz0129_-AZé";
    for (let run = 0; run < 150; run += 1) {
      const text = Array.from({ length: random.below(34) }, () => random.pick([...alphabet])).join("");
      let sdk = true;
      try {
        referralCode(text);
      } catch {
        sdk = false;
      }
      expect(await codes.isValidCode(text), `seed ${seed}: ${text}`).to.equal(sdk);
    }
  });
});

describe("ReferralCodes: transfer and payout", () => {
  it("takes two steps, in which the taker names his own payout address", async () => {
    const world = await money();
    const { codes, payee, stranger, operator } = world;
    const site = await siteOf(world);
    await referrals.register(payee, site, "acme", payee.address);
    await referrals.setPayout(payee, site, "acme", operator.address);
    const offered = await referrals.offer(payee, site, "acme", stranger.address);
    expect(offered.event).to.deep.equal({ code: "acme", owner: payee.address, offeredTo: stranger.address });
    expect((await referrals.lookup(ethers.provider, site, "acme"))?.owner).to.equal(payee.address);
    const code = referralCode("acme");
    await expect(codes.connect(operator).accept(code, operator.address))
      .to.be.revertedWithCustomError(codes, "NotOffered")
      .withArgs(code, operator.address);
    const { event } = await referrals.accept(stranger, site, "acme", stranger.address);
    expect(event).to.deep.equal({
      ...{ code: "acme", previous: payee.address, owner: stranger.address, payout: stranger.address },
    });
    await expect(codes.connect(stranger).accept(code, stranger.address)).to.be.revertedWithCustomError(
      codes,
      "NotOffered",
    );
    for (const act of [
      codes.connect(payee).setPayout(code, payee.address),
      codes.connect(payee).offer(code, payee.address),
    ]) {
      await expect(act).to.be.revertedWithCustomError(codes, "NotCodeOwner").withArgs(payee.address, stranger.address);
    }
  });

  it("can be taken back before it is accepted, and nobody takes a code that is not registered", async () => {
    const world = await money();
    const { codes, payee, stranger } = world;
    const site = await siteOf(world);
    await referrals.register(payee, site, "acme", payee.address);
    await referrals.offer(payee, site, "acme", stranger.address);
    await referrals.offer(payee, site, "acme", ZeroAddress);
    await expect(codes.connect(stranger).accept(referralCode("acme"), stranger.address)).to.be.revertedWithCustomError(
      codes,
      "NotOffered",
    );
    await expect(codes.accept(referralCode("free"), payee.address)).to.be.revertedWithCustomError(codes, "NotOffered");
    await expect(codes.setPayout(referralCode("free"), payee.address)).to.be.revertedWithCustomError(
      codes,
      "NotCodeOwner",
    );
  });

  it("is rebuilt from its events alone", async () => {
    const world = await money();
    const { codes, payee, stranger, operator } = world;
    const site = await siteOf(world);
    for (const [index, code] of ["one_code", "two_codes", LONG].entries()) {
      await referrals.register(payee, site, code, payee.address);
      if (index > 0) await referrals.setPayout(payee, site, code, operator.address);
      if (index < 2) continue;
      await referrals.offer(payee, site, code, stranger.address);
      await referrals.accept(stranger, site, code, stranger.address);
    }
    const rebuilt = new Map<string, { owner: string; payout: string }>();
    for (const log of await codes.queryFilter("*" as never)) {
      const { name, args } = codes.interface.parseLog(log) ?? {};
      const code: string = args?.["code"];
      const before = rebuilt.get(code);
      if (name === "CodeRegistered" || name === "CodeTransferred") {
        rebuilt.set(code, { owner: args?.["owner"], payout: args?.["payout"] });
      } else if (name === "PayoutSet" && before !== undefined) {
        rebuilt.set(code, { ...before, payout: args?.["payout"] });
      }
    }
    expect(rebuilt.size).to.equal(3);
    for (const [code, { owner, payout }] of rebuilt) {
      const now = await codes.record(code);
      expect([now.owner, now.payout]).to.deep.equal([owner, payout]);
    }
  });
});

describe("Referral codes in payments", () => {
  it("are found from the terms of a payment on chain", async () => {
    const world = await money();
    const { payee, payer, escrow, stranger } = world;
    const site = await siteOf(world);
    await referrals.register(stranger, site, LONG, stranger.address);
    const terms = await termsFor(world, { referral: referralTag(LONG), payee: payee.address });
    const { event } = await payments.authorizeByAllowance(payer, world.site, terms);
    expect(event.id).to.match(/^0x/);
    const logs = await escrow.queryFilter(escrow.filters.Authorized());
    const data = (await ethers.provider.getTransaction(logs.at(-1)?.transactionHash ?? ""))?.data ?? "";
    expect(data.includes(referralTag(LONG).slice(2))).to.equal(true);
    expect((await referrals.lookup(ethers.provider, site, terms.referral))?.payout).to.equal(stranger.address);
  });

  it("are found from an ERC-8021 suffix, which the escrow does not mind, with and without a registry", async () => {
    const world = await money();
    const { payer, escrow, codes } = world;
    const registry = { chainId: world.chainId, address: await codes.getAddress() };
    for (const [salt, named] of [undefined, registry].entries()) {
      const terms = await termsFor(world, { salt: BigInt(salt) + 50n });
      const plain = escrow.interface.encodeFunctionData("authorize", [packTerms(terms), 0, "0x"]);
      const data = concat([plain, attributionSuffix(["acme_shop", "wallet_x"], named)]);
      const sent = await payer.sendTransaction({ to: world.site.escrow, data });
      await sent.wait();
      const seen = (await ethers.provider.getTransaction(sent.hash))?.data ?? "";
      const found = attributionOf(seen);
      expect(found?.codes).to.deep.equal(["acme_shop", "wallet_x"]);
      expect(found?.registry).to.deep.equal(named);
      expect(attributionOf(plain)).to.equal(undefined);
    }
  });

  it("have suffixes byte for byte as the draft's examples", () => {
    // "baseapp,morpho" with the canonical registry, and "baseapp" with one of chain 8453.
    expect(attributionSuffix(["baseapp", "morpho"])).to.equal(
      "0x626173656170702c6d6f7270686f0e0080218021802180218021802180218021",
    );
    const address = `0x${"cc".repeat(20)}`;
    expect(attributionSuffix(["baseapp"], { chainId: 8_453, address })).to.equal(
      `${address}210502626173656170700701${"8021".repeat(8)}`,
    );
    for (const broken of [
      "0x",
      `0x${"8021".repeat(8)}`,
      `0x0500${"8021".repeat(8)}`,
      `0x6161027f${"8021".repeat(8)}`,
    ]) {
      expect(attributionOf(broken), broken).to.equal(undefined);
    }
  });

  it("answer the reads of ERC-8021's code registry, by its interface alone", async () => {
    const world = await money();
    const { payee, codes } = world;
    await referrals.register(payee, await siteOf(world), "acme_shop", payee.address);
    const draft = new Interface([
      "function payoutAddress(string code) view returns (address)",
      "function codeURI(string code) view returns (string)",
      "function isValidCode(string code) view returns (bool)",
      "function isRegistered(string code) view returns (bool)",
    ]);
    const registry = new ethers.Contract(await codes.getAddress(), draft, ethers.provider);
    const ask = (method: string, code: string): Promise<unknown> => registry.getFunction(method).staticCall(code);
    expect(await ask("payoutAddress", "acme_shop")).to.equal(payee.address);
    expect(await ask("isRegistered", "acme_shop")).to.equal(true);
    expect(await ask("isRegistered", "acme_shop\0")).to.equal(false);
    expect(await ask("isRegistered", "x".repeat(33))).to.equal(false);
    expect(await ask("isValidCode", "free_code")).to.equal(true);
    expect(await ask("codeURI", "acme_shop")).to.equal("");
    expect(await ask("payoutAddress", "free_code")).to.equal(ZeroAddress);
  });
});
