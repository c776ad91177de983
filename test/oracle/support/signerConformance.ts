import { expect } from "chai";
import { getAddress, keccak256, recoverAddress, Signature, toBeHex } from "ethers";

import type { Signer } from "../../../oracle/src/attest/signer.ts";

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

function digests(count: number): string[] {
  return Array.from({ length: count }, (_, index) => keccak256(toBeHex(index, 32)));
}

/** The signature as ethers reads it: an implementation that no signer here shares. */
function checkSignature(signature: string, digest: string, address: string): Signature {
  expect(signature).to.match(/^0x[0-9a-f]{128}$/);
  const parsed = Signature.from(signature);
  expect(BigInt(parsed.s) <= HALF_ORDER, "low s").to.equal(true);
  expect(recoverAddress(digest, parsed)).to.equal(address);
  return parsed;
}

/**
 * What every adapter of the signer port must do, whatever holds its key.
 *
 * @param open Opens the signer under test; it is closed here.
 */
export function shouldBehaveLikeASigner(open: () => Promise<Signer>): void {
  const opened: Signer[] = [];
  const signer = async (): Promise<Signer> => {
    const made = await open();
    opened.push(made);
    return made;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });

  it("names its address with the checksum", async () => {
    const { address } = await signer();
    expect(getAddress(address)).to.equal(address);
  });

  it("answers 64 bytes that recover to its address, s low, for digests of both parities", async () => {
    const one = await signer();
    const parities = new Set<number>();
    for (const digest of digests(16)) {
      parities.add(checkSignature(await one.sign(digest), digest, one.address).yParity);
    }
    expect(parities.size).to.equal(2);
  });

  it("signs fifty digests at once and mixes none of them up", async () => {
    const one = await signer();
    const all = digests(50);
    const signatures = await Promise.all(all.map((digest) => one.sign(digest)));
    for (const [index, digest] of all.entries()) checkSignature(signatures[index] ?? "", digest, one.address);
  });

  it("can be closed twice", async () => {
    const one = await signer();
    await one.close();
    await one.close();
  });
}
