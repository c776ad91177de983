import {
  channelId,
  checkChannelTerms,
  compactSignature,
  decodeReport,
  decodeRows,
  encodeRows,
  packChannelTerms,
  packRows,
  signVoucher,
  SluiceError,
  type ChannelTerms,
  type SignedVoucher,
} from "@sluice/sdk";
import { expect } from "chai";
import { concat, dataLength, toBeHex, Wallet, ZeroAddress } from "ethers";

import { key } from "../shared/suite.ts";

const site = { chainId: 8453, channels: "0x52908400098527886E0F7030069857D2E4169EE7" };
const wallet = new Wallet(key("sdk payer"));

function terms(changes: Partial<ChannelTerms> = {}): ChannelTerms {
  const token = "0x8617E340B3D01FA5F11F306F4090FD50E238070D";
  return {
    payer: wallet.address,
    payee: token,
    token,
    signer: wallet.address,
    exitDelay: 86_400,
    salt: 1n,
    ...changes,
  };
}

async function signed(cumulative: bigint, changes: Partial<ChannelTerms> = {}): Promise<SignedVoucher> {
  const made = terms(changes);
  return { terms: made, cumulative, signature: await signVoucher(wallet, channelId(made, site), cumulative, site) };
}

function codeOf(act: () => unknown): [string, string | undefined] {
  try {
    act();
  } catch (error) {
    if (error instanceof SluiceError) return [error.code, error.field];
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("sdk: channels", () => {
  it("refuse terms that do not fit or that no channel can be opened with, naming the field", () => {
    expect(codeOf(() => packChannelTerms(terms({ payee: "0x12" })))).to.deep.equal(["ADDRESS_INVALID", "payee"]);
    expect(codeOf(() => packChannelTerms(terms({ salt: 2n ** 256n })))).to.deep.equal(["NUMBER_OUT_OF_RANGE", "salt"]);
    expect(codeOf(() => checkChannelTerms(terms({ signer: ZeroAddress })))).to.deep.equal(["TERMS_INVALID", "signer"]);
    for (const exitDelay of [3_599, 2_592_001]) {
      expect(codeOf(() => checkChannelTerms(terms({ exitDelay })))).to.deep.equal(["TERMS_INVALID", "exitDelay"]);
    }
    expect(() => checkChannelTerms(terms())).not.to.throw();
  });

  it("pack rows ascending by channel with the same list beside them", async () => {
    const vouchers = await Promise.all([1n, 2n, 3n, 4n].map((salt) => signed(salt * 10n, { salt })));
    const batch = packRows(vouchers, site);
    expect(batch.list.map(({ channel }) => channel)).to.deep.equal(batch.list.map(({ channel }) => channel).toSorted());
    expect(batch.vouchers.map((voucher) => channelId(voucher.terms, site))).to.deep.equal(
      batch.list.map(({ channel }) => channel),
    );
    expect(batch.header.withSigners).to.equal(false);
    const rows = batch.vouchers.map(({ terms: made, cumulative, signature }) =>
      concat([made.payer, toBeHex(cumulative, 12), toBeHex(made.salt, 32), compactSignature(signature)]),
    );
    expect(batch.rows).to.equal(concat(rows));
  });

  it("name signers in rows only where a payer does not sign himself", async () => {
    const session = await signed(5n, { payer: "0x52908400098527886E0F7030069857D2E4169EE7" });
    const batch = packRows([session, await signed(6n)], site);
    expect(batch.header.withSigners).to.equal(true);
    expect(dataLength(batch.rows)).to.equal(2 * 148);
  });

  it("refuse batches of nothing, of one channel twice and of unlike channels", async () => {
    const one = await signed(1n);
    expect(codeOf(() => packRows([], site))).to.deep.equal(["BATCH_INVALID", "vouchers"]);
    expect(codeOf(() => packRows([one, one], site))).to.deep.equal(["BATCH_INVALID", "vouchers"]);
    const slow = await signed(1n, { exitDelay: 90_000 });
    expect(codeOf(() => packRows([one, slow], site))).to.deep.equal(["BATCH_INVALID", "exitDelay"]);
    expect(codeOf(() => packRows([{ ...one, signature: "0x12" }], site))).to.deep.equal([
      "SIGNATURE_INVALID",
      "signature",
    ]);
  });

  it("read rows and reports back, and refuse what is not whole", () => {
    const list = [1n, 2n ** 96n - 1n].map((cumulative) => ({ channel: toBeHex(cumulative, 32), cumulative }));
    expect(decodeRows(encodeRows(list))).to.deep.equal(list);
    expect(decodeReport("0x000106010203")).to.deep.equal([
      { index: 1, problem: "BadSignature" },
      { index: 258, problem: "NotHigher" },
    ]);
    expect(codeOf(() => decodeReport("0x0001"))[0]).to.equal("BATCH_INVALID");
    expect(codeOf(() => decodeReport("0x0001ff"))[0]).to.equal("BATCH_INVALID");
    expect(codeOf(() => decodeRows("0x00"))[0]).to.equal("BATCH_INVALID");
  });
});
