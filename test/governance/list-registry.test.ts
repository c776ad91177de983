import { expect } from "chai";
import { listBatchDigest, listBatchStruct, packListSignatures, type ListBatch } from "@sluice/sdk";
import { AbiCoder, computeAddress, hexlify, keccak256, toBeHex, ZeroHash, zeroPadValue, type SigningKey } from "ethers";

import { attesterKeys, ethers, fixture, POLICY, key, type Suite } from "../shared/suite.ts";

async function lists() {
  const suite = await fixture();
  const registry = await ethers.deployContract("ListRegistry", [await suite.gate.getAddress()]);
  const site = { chainId: suite.chainId, contract: await registry.getAddress() };
  return { suite, registry, site };
}

function batchOf(suite: Suite, changes: Partial<ListBatch> = {}): ListBatch {
  const entries = [zeroPadValue(suite.stranger.address, 32), zeroPadValue(suite.payer.address, 32)];
  return { kind: "Reported", removal: false, sequence: 0n, entries, ...changes };
}

function signatures(keys: readonly SigningKey[], digest: string): string {
  return packListSignatures(
    keys.map((one) => ({ signer: computeAddress(one), signature: one.sign(digest).serialized })),
  );
}

describe("ListRegistry.append", () => {
  it("emits what a quorum signed and keeps the running hash", async () => {
    const { suite, registry, site } = await lists();
    const first = batchOf(suite);
    const second = batchOf(suite, { kind: "Fraud", sequence: 1n, entries: [keccak256("0x05")] });
    const third = batchOf(suite, { removal: true, sequence: 2n });
    let head = ZeroHash;
    for (const batch of [first, second, third]) {
      const struct = listBatchStruct(batch);
      const typehash = ethers.id("ListBatch(uint8 kind,bool removal,uint64 sequence,bytes32 entries)");
      const types = ["bytes32", "uint8", "bool", "uint64", "bytes32"];
      const entriesHash = keccak256(ethers.concat(batch.entries));
      const hash = keccak256(
        AbiCoder.defaultAbiCoder().encode(types, [typehash, struct.kind, batch.removal, batch.sequence, entriesHash]),
      );
      head = keccak256(ethers.concat([head, hash]));
      await expect(
        registry
          .connect(suite.stranger)
          .append(struct, signatures(suite.keys.slice(0, 2), listBatchDigest(batch, site))),
      )
        .to.emit(registry, "ListBatchAppended")
        .withArgs(batch.sequence, struct.kind, batch.removal, batch.entries, head);
    }
    expect([...(await registry.state())]).to.deep.equal([3n, head]);
  });

  it("takes each batch once and in order", async () => {
    const { suite, registry, site } = await lists();
    const batch = batchOf(suite);
    const packed = signatures(suite.keys.slice(0, 2), listBatchDigest(batch, site));
    const ahead = batchOf(suite, { sequence: 1n });
    await expect(registry.append(listBatchStruct(ahead), packed))
      .to.be.revertedWithCustomError(registry, "WrongSequence")
      .withArgs(0, 1);
    await registry.append(listBatchStruct(batch), packed);
    await expect(registry.append(listBatchStruct(batch), packed))
      .to.be.revertedWithCustomError(registry, "WrongSequence")
      .withArgs(1, 0);
  });

  it("reverts for an empty batch", async () => {
    const { suite, registry, site } = await lists();
    const batch = batchOf(suite, { entries: [] });
    const packed = signatures(suite.keys.slice(0, 2), listBatchDigest(batch, site));
    await expect(registry.append(listBatchStruct(batch), packed)).to.be.revertedWithCustomError(
      registry,
      "EntriesEmpty",
    );
  });

  const changed: [what: string, change: (batch: ListBatch) => ListBatch][] = [
    ["another list", (batch) => ({ ...batch, kind: "Sanctioned" })],
    ["a removal", (batch) => ({ ...batch, removal: true })],
    ["an entry more", (batch) => ({ ...batch, entries: [...batch.entries, toBeHex(7, 32)] })],
    ["an entry less", (batch) => ({ ...batch, entries: batch.entries.slice(1) })],
    ["another order", (batch) => ({ ...batch, entries: batch.entries.toReversed() })],
  ];
  for (const [what, change] of changed) {
    it(`reverts when the signatures are for ${what}`, async () => {
      const { suite, registry, site } = await lists();
      const batch = batchOf(suite);
      const packed = signatures(suite.keys.slice(0, 2), listBatchDigest(change(batch), site));
      await expect(registry.append(listBatchStruct(batch), packed)).to.be.revertedWithCustomError(
        suite.epoch,
        "NotASigner",
      );
      expect([...(await registry.state())]).to.deep.equal([0n, ZeroHash]);
    });
  }

  it("reverts when the signatures are for another registry or another chain", async () => {
    const { suite, registry, site } = await lists();
    const batch = batchOf(suite);
    for (const other of [
      { ...site, contract: suite.site.escrow },
      { ...site, chainId: 1n },
    ]) {
      const packed = signatures(suite.keys.slice(0, 2), listBatchDigest(batch, other));
      await expect(registry.append(listBatchStruct(batch), packed)).to.be.revertedWithCustomError(
        suite.epoch,
        "NotASigner",
      );
    }
  });

  it("reverts for too few, doubled, unsorted, foreign and broken signatures", async () => {
    const { suite, registry, site } = await lists();
    const batch = batchOf(suite);
    const digest = listBatchDigest(batch, site);
    const [a, b] = suite.keys.map((one) =>
      hexlify(ethers.Signature.from(one.sign(digest).serialized).compactSerialized),
    ) as [string, string];
    const [first, second] = suite.keys.map((one) => computeAddress(one)) as [string, string];
    const struct = listBatchStruct(batch);
    await expect(registry.append(struct, a)).to.be.revertedWithCustomError(suite.epoch, "QuorumNotMet").withArgs(1, 2);
    await expect(registry.append(struct, ethers.concat([a, a])))
      .to.be.revertedWithCustomError(suite.epoch, "SignersNotSorted")
      .withArgs(first, first);
    await expect(registry.append(struct, ethers.concat([b, a])))
      .to.be.revertedWithCustomError(suite.epoch, "SignersNotSorted")
      .withArgs(second, first);
    const foreign = signatures([key("foreign")], digest);
    await expect(registry.append(struct, ethers.concat([a, foreign])))
      .to.be.revertedWithCustomError(suite.epoch, "NotASigner")
      .withArgs(computeAddress(key("foreign")));
    await expect(registry.append(struct, ethers.concat([a, b, "0x00"])))
      .to.be.revertedWithCustomError(registry, "SignaturesLength")
      .withArgs(129);
  });

  it("does not count a disabled signer, and takes nothing from a revoked epoch", async () => {
    const { suite, registry, site } = await lists();
    const batch = batchOf(suite);
    const packed = signatures(suite.keys.slice(0, 2), listBatchDigest(batch, site));
    const epoch = await suite.epoch.getAddress();
    await suite.gate.disableSigners(epoch, 1);
    await expect(registry.append(listBatchStruct(batch), packed))
      .to.be.revertedWithCustomError(suite.epoch, "SignerDisabled")
      .withArgs(computeAddress(suite.keys[0]!));
    await suite.gate.revokeEpoch(epoch);
    await expect(registry.append(listBatchStruct(batch), packed))
      .to.be.revertedWithCustomError(suite.gate, "EpochIsRevoked")
      .withArgs(epoch);
  });

  it("asks the current epoch's signers, and the quorum of its largest payments", async () => {
    const { suite, registry, site } = await lists();
    const keys = attesterKeys(3, "next");
    const tiers = [
      { upTo: 1_000n, quorum: 2 },
      { upTo: 2n ** 48n - 2n, quorum: 3 },
    ];
    const config = { signers: keys.map((one) => computeAddress(one)), tiers, tokens: [] };
    const epoch = await ethers.deployContract("DirectEpoch", [config]);
    await suite.gate.setPolicy(POLICY, await epoch.getAddress());
    const batch = batchOf(suite);
    const digest = listBatchDigest(batch, site);
    await expect(registry.append(listBatchStruct(batch), signatures(suite.keys, digest))).to.be.revertedWithCustomError(
      epoch,
      "NotASigner",
    );
    await expect(registry.append(listBatchStruct(batch), signatures(keys.slice(0, 2), digest)))
      .to.be.revertedWithCustomError(epoch, "QuorumNotMet")
      .withArgs(2, 3);
    await registry.append(listBatchStruct(batch), signatures(keys, digest));
  });
});
