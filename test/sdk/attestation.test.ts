import { expect } from "chai";
import { concat, SigningKey, TypedDataEncoder } from "ethers";

import {
  attestationDigest,
  packAttestation,
  recoverAttesters,
  recoverSigner,
  SluiceError,
  unpackAttestation,
} from "../../sdk/src/index.ts";
import { randomBytes, randomWallet, seed, seeded } from "./samples.ts";

const site = { chainId: 31337, epoch: "0x8617E340B3D01FA5F11F306F4090FD50E238070D" };
const random = seeded(seed);
const attested = { asOf: 19_000_123, asOfHash: randomBytes(random, 32), facts: randomBytes(random, 32) };
const subject = randomBytes(random, 32);
const wallets = Array.from({ length: 5 }, () => randomWallet(random));
const ascending = wallets.map(({ address }) => address).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));

function signatures() {
  const digest = attestationDigest({ subject, ...attested }, site);
  return wallets.map(({ address, privateKey }) => {
    const { r, yParityAndS } = new SigningKey(privateKey).sign(digest);
    return { signer: address, r, yParityAndS };
  });
}

describe("sdk: attestations", () => {
  it("have the digest that ethers' encoder gives for the type written by hand", () => {
    const types = {
      Attestation: [
        { name: "subject", type: "bytes32" },
        { name: "asOf", type: "uint64" },
        { name: "asOfHash", type: "bytes32" },
        { name: "facts", type: "bytes32" },
      ],
    };
    const domain = { name: "Sluice Epoch", version: "1", chainId: 31337, verifyingContract: site.epoch };
    const expected = TypedDataEncoder.hash(domain, types, { subject, ...attested });
    expect(attestationDigest({ subject, ...attested }, site)).to.equal(expected);
  });

  it("are head and signatures in ascending order of signers", () => {
    const packed = packAttestation(attested, signatures());
    expect(packed.length).to.equal(2 + 2 * (72 + 5 * 64));
    expect(packed.slice(0, 18)).to.equal(`0x${attested.asOf.toString(16).padStart(16, "0")}`);
    expect(recoverAttesters(packed, subject, site)).to.deep.equal(ascending);
  });

  it("come back the same after packing and unpacking", () => {
    const unpacked = unpackAttestation(packAttestation(attested, signatures()));
    expect({ ...unpacked, signatures: undefined }).to.deep.equal({ ...attested, signatures: undefined });
    const byAddress = signatures().sort((a, b) => (BigInt(a.signer) < BigInt(b.signer) ? -1 : 1));
    expect(unpacked.signatures).to.deep.equal(byAddress.map(({ r, yParityAndS }) => ({ r, yParityAndS })));
  });

  it("are the same bytes from signatures of 64 and of 65 bytes", () => {
    const digest = attestationDigest({ subject, ...attested }, site);
    const long = wallets.map(({ address, privateKey }) => ({
      signer: address,
      signature: new SigningKey(privateKey).sign(digest).serialized,
    }));
    const compact = signatures().map(({ signer, r, yParityAndS }) => ({ signer, signature: concat([r, yParityAndS]) }));
    expect(packAttestation(attested, long)).to.equal(packAttestation(attested, signatures()));
    expect(packAttestation(attested, compact)).to.equal(packAttestation(attested, signatures()));
  });

  it("may carry no signature", () => {
    expect(unpackAttestation(packAttestation(attested, [])).signatures).to.deep.equal([]);
  });

  it("recover to strangers for another subject, another chain and another epoch", () => {
    const packed = packAttestation(attested, signatures());
    const others = [
      recoverAttesters(packed, randomBytes(seeded(seed + 9), 32), site),
      recoverAttesters(packed, subject, { ...site, chainId: 1 }),
      recoverAttesters(packed, subject, { ...site, epoch: ascending[0] ?? "" }),
    ];
    for (const signers of others) expect(signers.some((signer) => ascending.includes(signer))).to.equal(false);
  });

  it("recover a signer from one signature", () => {
    const digest = attestationDigest({ subject, ...attested }, site);
    const first = wallets[0] ?? randomWallet(random);
    const signature = new SigningKey(first.privateKey).sign(digest).serialized;
    expect(recoverSigner(digest, signature)).to.equal(first.address);
  });

  const refused: [what: string, code: string, action: () => unknown][] = [
    [
      "a signer who appears twice",
      "SIGNATURE_INVALID",
      () => packAttestation(attested, [...signatures(), ...signatures()]),
    ],
    [
      "a signature of 3 bytes",
      "SIGNATURE_INVALID",
      () => packAttestation(attested, [{ signer: site.epoch, signature: "0x010203" }]),
    ],
    ["facts of 31 bytes", "BYTES_INVALID", () => packAttestation({ ...attested, facts: `0x${"00".repeat(31)}` }, [])],
    ["a negative asOf", "NUMBER_OUT_OF_RANGE", () => packAttestation({ ...attested, asOf: -1 }, [])],
    ["71 bytes", "ATTESTATION_INVALID", () => unpackAttestation(`0x${"00".repeat(71)}`)],
    ["half a signature", "ATTESTATION_INVALID", () => unpackAttestation(`0x${"00".repeat(72 + 32)}`)],
    ["no hex at all", "ATTESTATION_INVALID", () => unpackAttestation("attestation")],
    ["an asOf above 2^53", "NUMBER_OUT_OF_RANGE", () => unpackAttestation(`0x${"ff".repeat(72)}`)],
  ];
  for (const [what, code, action] of refused) {
    it(`are refused with ${what}: ${code}`, () => {
      expect(action).to.throw(SluiceError).with.property("code", code);
    });
  }
});
