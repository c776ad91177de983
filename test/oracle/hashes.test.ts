import { attestationDigest, packAttestation, paymentId, SluiceError, type Terms } from "@sluice/sdk";
import { expect } from "chai";
import { getAddress, hexlify, keccak256, TypedDataEncoder } from "ethers";

import { statementDigest } from "../../oracle/src/attest/digest.ts";
import { keccak, keccakText } from "../../oracle/src/attest/keccak.ts";
import { packedAttestation } from "../../oracle/src/attest/packed.ts";
import { paymentIds } from "../../oracle/src/attest/termsId.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";

const SEED = 20_261_122;
const random = mulberry32(SEED);
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(256 * random()));
const hex = (length: number): string => hexlify(bytes(length));
const below = (bound: number): number => Math.floor(random() * bound);
const anyBig = (length: number): bigint => BigInt(hex(1 + below(length)));
const pick = <Value>(...values: readonly [Value, ...Value[]]): Value => values[below(values.length)] ?? values[0];

function address(): string {
  const plain = hex(20);
  return pick(plain, getAddress(plain), `0x${plain.slice(2).toUpperCase()}`);
}

function terms(): Terms {
  return {
    ...{ payer: address(), payee: address(), operator: address(), token: address(), amount: anyBig(12) },
    ...{ authorizeBy: below(2 ** 40), captureBy: below(2 ** 40), refundBy: below(2 ** 40) },
    ...{ minFeeBps: below(2 ** 16), maxFeeBps: below(2 ** 16), feeReceiver: address(), arbiter: address() },
    ...{ disputeBond: anyBig(12), defaultSplitBps: below(2 ** 16), rulingWindow: below(2 ** 32) },
    ...{ silenceRule: pick("Refund", "Release"), maxHold: below(2 ** 32), referral: hex(12) },
    ...{ feeTier: pick("Nobody", "Payer", "Payee", "Operator"), salt: anyBig(32) },
  };
}

describe(`oracle: hashes by fixed templates (seed ${SEED})`, () => {
  it("hashes messages of every length up to 700 bytes as ethers does", () => {
    for (let length = 0; length <= 700; length++) {
      const message = bytes(length);
      expect(keccakText(message)).to.equal(keccak256(message));
    }
  });

  it("hashes the longest message it takes, refuses a longer one, and gives bytes that a later hash does not change", () => {
    const message = bytes(64_000);
    const digest = keccak(message);
    keccak(bytes(200));
    expect(hexlify(digest)).to.equal(keccak256(message));
    expect(() => keccak(new Uint8Array(65_536))).to.throw(RangeError);
  });

  it("finds the id the SDK finds, for 500 random terms on random sites, whatever the case of their addresses", () => {
    for (let round = 0; round < 25; round++) {
      const site = { chainId: 1 + below(2 ** 40), escrow: getAddress(hex(20)) };
      const idOf = paymentIds(site);
      for (let index = 0; index < 20; index++) {
        const one = terms();
        expect(idOf(one)).to.equal(paymentId(one, site).toLowerCase());
      }
    }
  });

  it("refuses what the SDK refuses, with the same code and field, and is right again afterwards", () => {
    const site = { chainId: 1, escrow: getAddress(hex(20)) };
    const idOf = paymentIds(site);
    const good = terms();
    const checksummed = getAddress(`0x${"ab".repeat(20)}`);
    const [last, swapped] = [checksummed.slice(-1), checksummed.slice(-1).toUpperCase()];
    const wrongCase = checksummed.slice(0, -1) + (last === swapped ? last.toLowerCase() : swapped);
    const bad: Partial<Record<keyof Terms, unknown>>[] = [
      { payer: wrongCase },
      { arbiter: "0x12" },
      { amount: 2n ** 96n },
      { amount: -1n },
      { authorizeBy: 2 ** 40 },
      { captureBy: 1.5 },
      { minFeeBps: -1 },
      { maxFeeBps: 2 ** 16 },
      { rulingWindow: 2 ** 32 },
      { silenceRule: "Never" },
      { feeTier: "toString" },
      { referral: "0x00" },
      { salt: 2n ** 256n },
    ];
    for (const change of bad) {
      const changed = { ...good, ...change } as Terms; // wrong on purpose
      const [own, theirs] = [() => idOf(changed), () => paymentId(changed, site)].map(refusal);
      expect(own, JSON.stringify(Object.keys(change))).to.deep.equal(theirs);
      expect(idOf(good)).to.equal(paymentId(good, site));
    }
  });

  it("gives the digest of the general encoder for 200 random statements, and refuses what is no word", () => {
    for (let index = 0; index < 200; index++) {
      const site = { chainId: 1 + below(2 ** 40), epoch: getAddress(hex(20)) };
      const statement = { subject: hex(32), asOf: below(2 ** 47), asOfHash: hex(32), facts: hex(32) };
      const domain = { name: "Sluice Epoch", version: "1", chainId: site.chainId, verifyingContract: site.epoch };
      expect(statementDigest(statement, TypedDataEncoder.hashDomain(domain))).to.equal(
        attestationDigest(statement, site),
      );
      for (const facts of ["0x12", `0x${"zz".repeat(32)}`, hex(33)]) {
        expect(() => statementDigest({ ...statement, facts }, hex(32))).to.throw(RangeError);
      }
    }
  });

  it("packs attestations of one to nine signatures as the SDK does, and refuses two of one signer as it does", () => {
    for (let count = 1; count <= 9; count++) {
      const attested = { asOf: below(2 ** 47), asOfHash: hex(32), facts: hex(32) };
      const signatures = Array.from({ length: count }, () => ({ signer: getAddress(hex(20)), signature: hex(64) }));
      expect(packedAttestation(attested, signatures)).to.equal(packAttestation(attested, signatures));
      const [first] = signatures;
      if (first === undefined) throw new Error("there is one");
      const doubled = [...signatures, first];
      expect(refusal(() => packedAttestation(attested, doubled))).to.deep.equal(
        refusal(() => packAttestation(attested, doubled)),
      );
    }
  });
});

function refusal(act: () => unknown): { code: string; field: string | undefined } {
  try {
    act();
  } catch (error) {
    if (error instanceof SluiceError) return { code: error.code, field: error.field };
    throw error;
  }
  throw new Error("was not refused");
}
