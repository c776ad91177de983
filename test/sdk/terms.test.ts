import { expect } from "chai";
import { id, TypedDataEncoder, verifyTypedData, ZeroAddress } from "ethers";

import {
  checkTerms,
  packTerms,
  paymentId,
  paymentTermsTypehash,
  SluiceError,
  termsTypedData,
  unpackTerms,
  type Terms,
} from "../../sdk/src/index.ts";
import { randomTerms, randomWallet, seed, seeded, sensibleTerms } from "./samples.ts";

const site = { chainId: 8453, escrow: "0x52908400098527886E0F7030069857D2E4169EE7" };

/** The type written out by hand, as a wallet's user reads it. */
const typeByHand = {
  PaymentTerms: [
    { name: "payer", type: "address" },
    { name: "payee", type: "address" },
    { name: "operator", type: "address" },
    { name: "token", type: "address" },
    { name: "amount", type: "uint96" },
    { name: "authorizeBy", type: "uint40" },
    { name: "captureBy", type: "uint40" },
    { name: "refundBy", type: "uint40" },
    { name: "minFeeBps", type: "uint16" },
    { name: "maxFeeBps", type: "uint16" },
    { name: "feeReceiver", type: "address" },
    { name: "arbiter", type: "address" },
    { name: "disputeBond", type: "uint96" },
    { name: "defaultSplitBps", type: "uint16" },
    { name: "rulingWindow", type: "uint32" },
    { name: "silenceRule", type: "uint8" },
    { name: "maxHold", type: "uint32" },
    { name: "referral", type: "bytes12" },
    { name: "feeTier", type: "uint8" },
    { name: "salt", type: "uint256" },
  ],
};

function errorOf(action: () => unknown): SluiceError {
  try {
    action();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("sdk: terms", () => {
  it(`come back the same after packing and unpacking (200 draws, seed ${seed})`, () => {
    const random = seeded(seed);
    for (let draw = 0; draw < 200; draw += 1) {
      const terms = randomTerms(random);
      expect(unpackTerms(packTerms(terms)), `draw ${draw}`).to.deep.equal(terms);
    }
  });

  it("have the id that ethers' encoder gives for the type written by hand", () => {
    const random = seeded(seed + 1);
    const domain = { name: "Sluice Escrow", version: "1", chainId: 8453, verifyingContract: site.escrow };
    for (let draw = 0; draw < 50; draw += 1) {
      const terms = randomTerms(random);
      const silenceRule = terms.silenceRule === "Refund" ? 0 : 1;
      const message = {
        ...terms,
        silenceRule,
        feeTier: ["Nobody", "Payer", "Payee", "Operator"].indexOf(terms.feeTier),
      };
      expect(paymentId(terms, site), `draw ${draw}`).to.equal(TypedDataEncoder.hash(domain, typeByHand, message));
    }
  });

  it("have the typehash of the type written by hand", () => {
    const text = TypedDataEncoder.from(typeByHand).encodeType("PaymentTerms");
    expect(paymentTermsTypehash).to.equal(id(text));
  });

  it("are signed by a wallet so that ethers recovers the payer", async () => {
    const payer = randomWallet(seeded(seed + 2));
    const { domain, types, message } = termsTypedData({ ...sensibleTerms(), payer: payer.address }, site);
    const signature = await payer.signTypedData(domain, types, message);
    expect(verifyTypedData(domain, types, message, signature)).to.equal(payer.address);
  });

  it("have another id on another chain, on another escrow and with any field changed", () => {
    const terms = sensibleTerms();
    const ids = [
      paymentId(terms, site),
      paymentId(terms, { ...site, chainId: 1 }),
      paymentId(terms, { ...site, escrow: terms.token }),
      ...changedOnce(terms).map((changed) => paymentId(changed, site)),
    ];
    expect(new Set(ids).size).to.equal(3 + 20);
  });

  it("answer checksummed addresses for lowercase ones", () => {
    const terms = sensibleTerms();
    const lower = { ...terms, payer: terms.payer.toLowerCase() };
    expect(unpackTerms(packTerms(lower)).payer).to.equal(terms.payer);
  });
});

describe("sdk: terms that do not fit are refused, naming the field", () => {
  const cases: { field: keyof Terms; value: unknown; code: string }[] = [
    { field: "payer", value: "0x1234", code: "ADDRESS_INVALID" },
    { field: "payee", value: "XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS", code: "ADDRESS_INVALID" },
    { field: "token", value: "0x52908400098527886E0F7030069857D2E4169eE7", code: "ADDRESS_INVALID" },
    { field: "arbiter", value: undefined, code: "ADDRESS_INVALID" },
    { field: "amount", value: 1n << 96n, code: "NUMBER_OUT_OF_RANGE" },
    { field: "amount", value: -1n, code: "NUMBER_OUT_OF_RANGE" },
    { field: "amount", value: "100", code: "NUMBER_OUT_OF_RANGE" },
    { field: "authorizeBy", value: 2 ** 40, code: "NUMBER_OUT_OF_RANGE" },
    { field: "captureBy", value: 1.5, code: "NUMBER_OUT_OF_RANGE" },
    { field: "refundBy", value: Number.NaN, code: "NUMBER_OUT_OF_RANGE" },
    { field: "minFeeBps", value: 65_536, code: "NUMBER_OUT_OF_RANGE" },
    { field: "maxHold", value: 2 ** 32, code: "NUMBER_OUT_OF_RANGE" },
    { field: "silenceRule", value: "Keep", code: "SILENCE_RULE_UNKNOWN" },
    { field: "feeTier", value: "Treasury", code: "FEE_TIER_UNKNOWN" },
    { field: "referral", value: "0x", code: "BYTES_INVALID" },
    { field: "salt", value: 1n << 256n, code: "NUMBER_OUT_OF_RANGE" },
  ];
  for (const { field, value, code } of cases) {
    it(`${field} = ${String(value)} is ${code}`, () => {
      const broken = { ...sensibleTerms(), [field]: value };
      const error = errorOf(() => packTerms(broken));
      expect([error.code, error.field]).to.deep.equal([code, field]);
      expect(error.message).to.match(new RegExp(`^${field}: `));
    });
  }

  it("packed terms with a spare bit set are SPARE_BITS_SET", () => {
    const packed = packTerms(sensibleTerms());
    const error = errorOf(() => unpackTerms({ ...packed, feeReceiverRuling: packed.feeReceiverRuling | 1n }));
    expect([error.code, error.field]).to.deep.equal(["SPARE_BITS_SET", "feeReceiverRuling"]);
  });

  it("packed terms with a third silence rule are SILENCE_RULE_UNKNOWN", () => {
    const packed = packTerms(sensibleTerms());
    const error = errorOf(() => unpackTerms({ ...packed, operatorRefund: packed.operatorRefund | 2n }));
    expect(error.code).to.equal("SILENCE_RULE_UNKNOWN");
  });

  it("packed terms with a fifth fee tier are FEE_TIER_UNKNOWN", () => {
    const packed = packTerms({ ...sensibleTerms(), feeTier: "Nobody" });
    const word = packed.feeReceiverRuling | (4n << 40n);
    const error = errorOf(() => unpackTerms({ ...packed, feeReceiverRuling: word }));
    expect([error.code, error.field]).to.deep.equal(["FEE_TIER_UNKNOWN", "feeTier"]);
  });
});

describe("sdk: terms that make no sense together", () => {
  const cases: [field: keyof Terms, change: Partial<Terms>][] = [
    ["payee", { payee: ZeroAddress }],
    ["amount", { amount: 0n }],
    ["captureBy", { captureBy: 1_999_999_999 }],
    ["refundBy", { refundBy: 2_000_599_999 }],
    ["maxFeeBps", { maxFeeBps: 9_951 }],
    ["minFeeBps", { minFeeBps: 101 }],
    ["defaultSplitBps", { defaultSplitBps: 10_001 }],
    ["feeReceiver", { feeReceiver: ZeroAddress }],
  ];
  for (const [field, change] of cases) {
    it(`are refused for ${field}`, () => {
      const error = errorOf(() => checkTerms({ ...sensibleTerms(), ...change }));
      expect([error.code, error.field]).to.deep.equal(["TERMS_INVALID", field]);
    });
  }

  it("are taken when they do make sense", () => {
    expect(() => checkTerms(sensibleTerms())).not.to.throw();
    expect(() => checkTerms({ ...sensibleTerms(), maxFeeBps: 0, feeReceiver: ZeroAddress })).not.to.throw();
  });
});

/** One copy for each field with only that field changed. */
function changedOnce(terms: Terms): Terms[] {
  const other = randomTerms(seeded(seed + 3));
  const silenceRule = terms.silenceRule === "Refund" ? "Release" : "Refund";
  const feeTier = terms.feeTier === "Nobody" ? "Payer" : "Nobody";
  const flipped: Terms = { ...other, silenceRule, feeTier };
  return Object.keys(terms).map((field) => ({ ...terms, [field]: Reflect.get(flipped, field) }));
}
