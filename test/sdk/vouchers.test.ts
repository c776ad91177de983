import { createRequire } from "node:module";

import { secp256k1 as noble } from "@noble/curves/secp256k1";
import { expect } from "chai";
import {
  computeAddress,
  concat,
  getBytes,
  hexlify,
  keccak256,
  Signature,
  SigningKey,
  toBeHex,
  TypedDataEncoder,
  Wallet,
} from "ethers";

import { compactSignature, signVoucher, SluiceError, voucherTypedData } from "../../sdk/src/index.ts";
import { voucherDigestOf } from "../../sdk/src/vouchers/digest.ts";
import { fastKeccak, wasmKeccak } from "../../sdk/src/vouchers/fastKeccak.ts";
import { bytesOf, hexOf } from "../../sdk/src/vouchers/hex.ts";
import { javascriptKeccak, type Keccak } from "../../sdk/src/vouchers/keccak.ts";
import {
  ethersCurve,
  nativeCurve,
  nobleCurve,
  voucherSigner,
  voucherVerifier,
  type NativeSecp256k1,
  type VoucherCurve,
} from "../../sdk/src/vouchers/index.ts";
import { random } from "../shared/random.ts";
import { key } from "../shared/suite.ts";

const native = createRequire(import.meta.url)("secp256k1/bindings") as NativeSecp256k1;
const curves: VoucherCurve[] = [ethersCurve, nobleCurve(noble), nativeCurve(native)];
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const site = { chainId: 8453, channels: `0x${"c1".repeat(20)}` };
const channel = `0x${"5a".repeat(32)}`;
const LARGEST = (1n << 96n) - 1n;

describe("sdk: hex", () => {
  it("goes both ways as ethers does, and refuses what ethers refuses", () => {
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect(hexOf(all)).to.equal(hexlify(all));
    expect(bytesOf(hexlify(all))).to.deep.equal(getBytes(hexlify(all)));
    expect(bytesOf(`0x${"aBcDeF".repeat(3)}`)).to.deep.equal(getBytes(`0x${"aBcDeF".repeat(3)}`));
    for (const bad of ["", "0", "0x1", "12", "0xg0", "0x0g", "0X12", "0x12é4", "0x1 "]) {
      expect(() => bytesOf(bad), bad)
        .to.throw(SluiceError)
        .with.property("code", "BYTES_INVALID");
    }
    expect(() => bytesOf("0x1234", new Uint8Array(3))).to.throw(SluiceError);
  });
});

describe("sdk: keccak", () => {
  const implementations: [string, Keccak | undefined][] = [
    ["JavaScript", javascriptKeccak()],
    ["WebAssembly", wasmKeccak()],
    ["the fast one", fastKeccak()],
  ];
  for (const [name, keccak] of implementations) {
    it(`of ${name} is that of ethers for every length around the ends of its blocks, also into its own message`, () => {
      if (keccak === undefined) throw new Error("there is WebAssembly in Node");
      const numbers = random(405);
      for (let length = 0; length <= 4 * 136; length += 1) {
        const message = Uint8Array.from({ length }, () => numbers.below(256));
        const expected = keccak256(message);
        expect(hexOf(keccak(message, new Uint8Array(32))), `${length} bytes`).to.equal(expected);
        if (length >= 32) expect(hexOf(keccak(message, message.subarray(length - 32)))).to.equal(expected);
      }
    });
  }

  it("is JavaScript where WebAssembly may not be compiled", () => {
    const there = Object.getOwnPropertyDescriptor(globalThis, "WebAssembly");
    class Forbidden {
      constructor() {
        throw new Error("refused by a content security policy");
      }
    }
    try {
      for (const value of [undefined, { Module: Forbidden, Instance: Forbidden }]) {
        Object.defineProperty(globalThis, "WebAssembly", { configurable: true, writable: true, value });
        expect(wasmKeccak()).to.equal(undefined);
      }
    } finally {
      if (there) Object.defineProperty(globalThis, "WebAssembly", there);
    }
  });
});

describe("sdk: fast vouchers", () => {
  it("have the digest that the general encoder gives, for 200 amounts up to the largest", () => {
    const numbers = random(402);
    const ways = [voucherDigestOf(site), voucherDigestOf(site, wasmKeccak())];
    const amounts = Array.from({ length: 200 }, () => numbers.bits(1 + numbers.below(96)));
    for (const cumulative of [0n, 1n, (1n << 48n) - 1n, 1n << 48n, LARGEST, ...amounts]) {
      const { domain, types, message } = voucherTypedData(channel, cumulative, site);
      const digest = TypedDataEncoder.hash(domain, types, message);
      for (const digestOf of ways) expect(hexOf(digestOf(channel, cumulative))).to.equal(digest);
    }
  });

  for (const curve of curves) {
    describe(`with ${curve.name}`, () => {
      const verifier = voucherVerifier(site, curve);

      it("are signed as a wallet signs them, and verified in both forms, for 50 keys", async () => {
        for (let index = 0; index < 50; index += 1) {
          const wallet = new Wallet(key(`voucher ${index}`));
          const cumulative = BigInt(index) ** 9n;
          const signer = voucherSigner(wallet.privateKey, site, curve);
          const signature = await signVoucher(wallet, channel, cumulative, site);
          expect(signer.address).to.equal(wallet.address);
          expect(signer.sign(channel, cumulative)).to.equal(compactSignature(signature));
          for (const form of [signature, compactSignature(signature)]) {
            const voucher = { channel, cumulative, signature: form, signer: wallet.address };
            expect(verifier.verify(voucher)).to.equal(true);
            expect(verifier.verify(voucher), "again, the key now known").to.equal(true);
          }
        }
      });

      it("are refused for another amount, channel, signer, chain or contract", () => {
        const signer = voucherSigner(key("voucher").privateKey, site, curve);
        const good = { channel, cumulative: 7n, signature: signer.sign(channel, 7n), signer: signer.address };
        expect(verifier.verify(good)).to.equal(true);
        const other = computeAddress(key("voucher other"));
        for (const change of [
          { cumulative: 8n },
          { cumulative: -1n },
          { cumulative: 7n + (1n << 96n) },
          { channel: `0x${"5b".repeat(32)}` },
          { signer: other },
        ]) {
          expect(verifier.verify({ ...good, ...change })).to.equal(false);
        }
        for (const change of [{ chainId: 1 }, { channels: `0x${"c2".repeat(20)}` }]) {
          expect(voucherVerifier({ ...site, ...change }, curve).verify(good)).to.equal(false);
        }
        expect(verifier.verify(good)).to.equal(true);
      });

      it("are refused with a signature that is malformed, of a high s or that recovers to nobody", () => {
        const wallet = key("voucher");
        const signer = voucherSigner(wallet.privateKey, site, curve);
        const { r, s, v } = Signature.from(signer.sign(channel, 7n));
        const highS = concat([r, toBeHex(ORDER - BigInt(s), 32), v === 27 ? "0x1c" : "0x1b"]);
        const flipped = concat([r, s, v === 27 ? "0x1c" : "0x1b"]);
        const zeros = hexlify(new Uint8Array(64));
        const beyond = concat([toBeHex(ORDER, 32), s, "0x1b"]);
        for (const bad of [highS, flipped, zeros, beyond, concat([r, s, "0x00"]), "0x", "0x12", "nothing"]) {
          const voucher = { channel, cumulative: 7n, signature: bad, signer: signer.address };
          expect(verifier.verify(voucher), bad).to.equal(false);
        }
      });

      it("recovers exactly what ethers recovers, for 100 random signatures and bits", () => {
        const numbers = random(403);
        for (let index = 0; index < 100; index += 1) {
          const digest = Uint8Array.from({ length: 32 }, () => numbers.below(256));
          const compact = curve.sign(digest, getBytes(key(`recovery ${index}`).privateKey));
          const recovery = (compact[32]! >> 7) as 0 | 1;
          const rs = Uint8Array.from(compact, (byte, at) => (at === 32 ? byte & 0x7f : byte));
          expect(hexOf(compact)).to.equal(
            new SigningKey(key(`recovery ${index}`).privateKey).sign(digest).compactSerialized,
          );
          for (const bit of [recovery, (1 - recovery) as 0 | 1]) {
            expect(curve.recover(digest, rs, bit)).to.deep.equal(ethersCurve.recover(digest, rs, bit));
          }
        }
      });
    });
  }
});
