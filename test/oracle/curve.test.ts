import { expect } from "chai";
import { computeAddress, concat, hexlify, keccak256, Signature, SigningKey, toBeHex, toUtf8Bytes } from "ethers";

import { curve, ethersCurve, nativeSecp256k1, type Curve } from "../../oracle/src/attest/curve.ts";

const digestOf = (text: string): string => keccak256(toUtf8Bytes(text));
const KEY = digestOf("sluice curve key");
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** What both curves must do, whatever machine this is. */
function conformance(tested: Curve): void {
  it("signs what ethers signs, byte for byte, and recovers the key, for 200 keys and digests", () => {
    for (let index = 0; index < 200; index++) {
      const [key, digest] = [digestOf(`key ${index}`), digestOf(`digest ${index}`)];
      const signature = tested.sign(digest, key);
      expect(signature).to.equal(new SigningKey(key).sign(digest).compactSerialized);
      expect(tested.recover(digest, signature)).to.equal(computeAddress(key));
      expect(tested.recover(digest, Signature.from(signature).serialized)).to.equal(computeAddress(key));
    }
  });

  it("recovers another address for another digest", () => {
    const signature = tested.sign(digestOf("one"), KEY);
    expect(tested.recover(digestOf("two"), signature)).to.not.equal(computeAddress(KEY));
  });

  it("throws for zeros, a wrong length, a wrong v and a high s", () => {
    const digest = digestOf("one");
    const { r, s, v } = Signature.from(tested.sign(digest, KEY));
    const highS = toBeHex(ORDER - BigInt(s), 32);
    for (const bad of [
      hexlify(new Uint8Array(64)),
      "0x1234",
      concat([r, s, "0x1d"]),
      concat([r, highS, v === 27 ? "0x1c" : "0x1b"]),
      concat([toBeHex(ORDER, 32), s]),
    ]) {
      expect(() => tested.recover(digest, bad), bad).to.throw();
    }
  });
}

describe("oracle: curve", () => {
  describe("ethers", () => conformance(ethersCurve));

  describe("the one in use", () => {
    conformance(curve);

    it("is the native one wherever its library loads", () => {
      expect(curve.name).to.equal(nativeSecp256k1 === undefined ? "ethers" : "native");
      if (process.platform === "linux" && process.arch === "x64") expect(curve.name).to.equal("native");
    });
  });
});
