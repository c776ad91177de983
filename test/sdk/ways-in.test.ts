import { expect } from "chai";
import { AbiCoder, getBytes, id, TypedDataEncoder, verifyTypedData, Wallet, ZeroAddress } from "ethers";

import {
  batchTypedData,
  dueOf,
  orderTypedData,
  packOrder,
  paymentId,
  payments,
  permit2TypedData,
  permitTypedData,
  SluiceError,
  type Order,
} from "../../sdk/src/index.ts";
import { sensibleTerms } from "./samples.ts";

const payer = new Wallet(id("ways in"));
const site = { chainId: 31337, escrow: "0x52908400098527886E0F7030069857D2E4169EE7" };
const terms = { ...sensibleTerms(), payer: payer.address };
const order: Order = { action: "Void", amount: 1n, feeBps: 0, capturable: 2n, refundable: 3n, deadline: 4 };

function fieldOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof SluiceError) return `${thrown.code} ${thrown.field}`;
    throw thrown;
  }
  return undefined;
}

describe("sdk: what a payer's one signature is for", () => {
  it("is one payment: its id, its amount, its authorizeBy", () => {
    const { amount, authorizeBy: deadline, token } = terms;
    expect(dueOf(terms, site)).to.deep.equal({
      payer: payer.address,
      token,
      amount,
      deadline,
      digest: paymentId(terms, site),
    });
  });

  it("is a batch: the digest of its ids, the sum, the earliest authorizeBy", () => {
    const other = { ...terms, salt: terms.salt + 1n, authorizeBy: terms.authorizeBy - 5, amount: 7n };
    const due = dueOf([terms, other], site);
    const { domain, types, message } = batchTypedData([terms, other], site);
    expect(message.payments).to.deep.equal([paymentId(terms, site), paymentId(other, site)]);
    expect(due).to.include({ amount: terms.amount + 7n, deadline: terms.authorizeBy - 5 });
    expect(due.digest).to.equal(TypedDataEncoder.hash(domain, types, message));
    expect(dueOf([terms], site).digest).not.to.equal(paymentId(terms, site));
  });

  it("is refused without payments, of two payers, and of two tokens", () => {
    expect(fieldOf(() => dueOf([], site))).to.equal("TERMS_INVALID terms");
    for (const field of ["payer", "token"] as const) {
      const mixed = [terms, { ...terms, [field]: site.escrow }];
      expect(fieldOf(() => dueOf(mixed, site))).to.equal(`TERMS_INVALID ${field}`);
    }
  });
});

describe("sdk: signatures for the ways in", () => {
  it("of Permit2 carry their nonce in front and are the payer's", async () => {
    const packed = await payments.signPermit2(payer, site, terms, 258n);
    expect(packed.slice(0, 66)).to.equal(`0x${258n.toString(16).padStart(64, "0")}`);
    const { token, amount, authorizeBy: deadline } = terms;
    const transfer = { chainId: site.chainId, token, amount, spender: site.escrow, nonce: 258n, deadline };
    const { domain, types, message } = permit2TypedData({ ...transfer, payment: paymentId(terms, site) });
    expect(verifyTypedData(domain, types, message, `0x${packed.slice(66)}`)).to.equal(payer.address);
  });

  it("of permits carry the signature of the terms behind, unless the payer sends himself", async () => {
    const token = { tokenName: "Local Token", tokenVersion: "1", nonce: 3n };
    const both = await payments.signPermit(payer, site, terms, token);
    const alone = await payments.signPermit(payer, site, terms, token, true);
    expect(both).to.equal(alone + (await payments.signTerms(payer, site, terms)).slice(2));
    const named = { token: terms.token, owner: payer.address, spender: site.escrow, value: terms.amount };
    const permit = { ...token, ...named, chainId: site.chainId, deadline: terms.authorizeBy };
    const { domain, types, message } = permitTypedData(permit);
    expect(verifyTypedData(domain, types, message, alone)).to.equal(payer.address);
    expect(id(TypedDataEncoder.from(types).encodeType("Permit"))).to.equal(
      "0x6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9",
    );
  });

  it("of collectors' calls stand between the collector and what it is told", async () => {
    const call = { collector: site.escrow, data: "0xc0ffee" };
    const packed = await payments.signCollectorCall(payer, site, terms, call);
    expect(packed.slice(0, 46).toLowerCase()).to.equal(`${site.escrow.toLowerCase()}0041`);
    expect(packed.slice(-6)).to.equal("c0ffee");
    expect(getBytes(packed).length).to.equal(22 + 65 + 3);
    expect(payments.packCollectorCall(call)).to.equal(`${site.escrow.toLowerCase()}0000c0ffee`);
  });

  it("are wrapped as EIP-6492 says", () => {
    const wrapped = payments.wrapSignature("0x1234", site.escrow, "0x5678");
    expect(wrapped.slice(-64)).to.equal("6492".repeat(16));
    const inner = AbiCoder.defaultAbiCoder().decode(["address", "bytes", "bytes"], wrapped.slice(0, -64));
    expect([...inner]).to.deep.equal([site.escrow, "0x5678", "0x1234"]);
  });

  it("are not made for terms that make no sense", async () => {
    const broken = { ...terms, payee: ZeroAddress };
    for (const sign of [
      () => payments.signTerms(payer, site, broken),
      () => payments.signPermit2(payer, site, [terms, broken], 0n),
      () => payments.signOrder(payer, site, broken, order),
    ]) {
      const thrown = await sign().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(thrown).to.include({ code: "TERMS_INVALID", field: "payee" });
    }
  });
});

describe("sdk: orders", () => {
  it("are signed with the payment before their own fields", async () => {
    const { domain, types, message } = orderTypedData(order, terms, site);
    expect(message).to.deep.equal({ payment: paymentId(terms, site), ...packOrder(order) });
    const signature = await payments.signOrder(payer, site, terms, order);
    expect(verifyTypedData(domain, types, message, signature)).to.equal(payer.address);
  });

  it("name the field that does not fit", () => {
    expect(fieldOf(() => packOrder({ ...order, amount: 2n ** 96n }))).to.equal("NUMBER_OUT_OF_RANGE amount");
    expect(fieldOf(() => packOrder({ ...order, deadline: 2 ** 40 }))).to.equal("NUMBER_OUT_OF_RANGE deadline");
    const unknown = { ...order, action: "Keep" } as unknown as Order; // what a caller without types may pass
    expect(fieldOf(() => packOrder(unknown))).to.equal("ORDER_ACTION_UNKNOWN action");
  });
});
