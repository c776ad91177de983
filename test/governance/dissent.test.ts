import { expect } from "chai";
import { attestationDigest, dissentProof, packAttestation, type DissentProof } from "@sluice/sdk";
import { computeAddress, keccak256, Signature, type SigningKey } from "ethers";

import { at } from "../shared/moves.ts";
import { attesterKeys, ethers, factsScoring, networkHelpers, UNIT } from "../shared/suite.ts";
import { amountsOf, anEpoch, asTimelock, registered, voters } from "./council.ts";

const BOND = 10_000n * UNIT;
const SUBJECT = keccak256("0x03");
const ABOUT = { subject: SUBJECT, asOf: 5, asOfHash: keccak256("0x01") };
const ONE = factsScoring(9_999);
const MANY = factsScoring(1);

/** An epoch of five whose first signer, alice, is bonded, and bob, the second, too. */
async function five() {
  const c = await voters();
  const keys = attesterKeys(5, "five");
  const epoch = await anEpoch(c, keys);
  await registered(c, c.alice, keys[0]!, BOND);
  await registered(c, c.bob, keys[1]!, BOND);
  return { c, keys, epoch: await epoch.getAddress() };
}

type Five = Awaited<ReturnType<typeof five>>;

function signed(site: { chainId: bigint; epoch: string }, key: SigningKey, facts: string, about = ABOUT) {
  return { facts, signature: key.sign(attestationDigest({ ...about, facts }, site)).serialized };
}

/** The proof of `one` against `many`, put together without looking whether it proves anything. */
function forged({ c, epoch }: Five, one: SigningKey, many: readonly SigningKey[], facts = ONE): DissentProof {
  const site = { chainId: c.suite.chainId, epoch };
  const rows = many.map((key) => ({ signer: computeAddress(key), signature: signed(site, key, MANY).signature }));
  const { r, yParityAndS } = Signature.from(signed(site, one, facts).signature);
  return {
    epoch,
    subject: SUBJECT,
    facts,
    r,
    vs: yParityAndS,
    attestation: packAttestation({ ...ABOUT, facts: MANY }, rows),
  };
}

async function accused(world: Five): Promise<{ evidence: string; executableAt: bigint }> {
  const { c, keys } = world;
  const proof = forged(world, keys[0]!, keys.slice(1));
  const evidence = await c.attesters.connect(c.reporter).proveDissent.staticCall(proof);
  await c.attesters.connect(c.reporter).proveDissent(proof);
  return { evidence, executableAt: (await c.attesters.accusation(evidence)).executableAt };
}

describe("Attesters.proveDissent", () => {
  it("opens an accusation, slashes nothing yet and keeps the bond where it is", async () => {
    const world = await five();
    const { c } = world;
    const { evidence, executableAt } = await accused(world);
    const { account, reporter } = await c.attesters.accusation(evidence);
    expect([account, reporter]).to.deep.equal([c.alice.address, c.reporter.address]);
    expect(executableAt).to.equal(BigInt(await networkHelpers.time.latest()) + (await c.attesters.vetoWindow()));
    expect((await amountsOf(c, c.alice.address)).bonded).to.equal(BOND);
    await expect(c.attesters.connect(c.alice).unbond(1n))
      .to.be.revertedWithCustomError(c.attesters, "AccusationOpen")
      .withArgs(c.alice.address, 1n);
  });

  it("takes a tenth of the bond when nobody vetoes, and not a second earlier", async () => {
    const world = await five();
    const { c } = world;
    const { evidence, executableAt } = await accused(world);
    await at(executableAt - 1n);
    await expect(c.attesters.executeDissent(evidence))
      .to.be.revertedWithCustomError(c.attesters, "VetoOpen")
      .withArgs(executableAt - 1n, executableAt);
    await at(executableAt);
    await expect(c.attesters.executeDissent(evidence))
      .to.emit(c.stake, "Slashed")
      .withArgs(c.alice.address, BOND / 10n, c.reporter.address, BOND / 50n);
    expect((await amountsOf(c, c.alice.address)).bonded).to.equal((BOND * 9n) / 10n);
    await expect(c.attesters.executeDissent(evidence))
      .to.be.revertedWithCustomError(c.attesters, "AccusationUnknown")
      .withArgs(evidence);
    await c.attesters.connect(c.alice).unbond(1n);
  });

  it("is dropped for good by a vote, which nobody else can cast", async () => {
    const world = await five();
    const { c, keys } = world;
    const { evidence, executableAt } = await accused(world);
    await expect(c.attesters.connect(c.alice).vetoDissent(evidence))
      .to.be.revertedWithCustomError(c.attesters, "NotTimelock")
      .withArgs(c.alice.address, await c.timelock.getAddress());
    await expect(c.attesters.connect(await asTimelock(c)).vetoDissent(evidence))
      .to.emit(c.attesters, "DissentVetoed")
      .withArgs(c.alice.address, evidence);
    await at(executableAt);
    await expect(c.attesters.executeDissent(evidence)).to.be.revertedWithCustomError(c.attesters, "AccusationUnknown");
    await expect(c.attesters.proveDissent(forged(world, keys[0]!, keys.slice(1))))
      .to.be.revertedWithCustomError(c.attesters, "EvidenceUsed")
      .withArgs(evidence);
    await c.attesters.connect(c.alice).unbond(1n);
  });

  it("takes two thirds of the epoch against the one: four of five, not three", async () => {
    const world = await five();
    const { c, keys } = world;
    await expect(c.attesters.proveDissent(forged(world, keys[0]!, keys.slice(1, 4))))
      .to.be.revertedWithCustomError(c.attesters, "TooFewAgainst")
      .withArgs(3n, 4n);
  });

  it("refuses a stranger among the many, the one himself among them, and a one from outside the epoch", async () => {
    const world = await five();
    const { c, keys } = world;
    const strangers = attesterKeys(4, "stranger");
    await expect(c.attesters.proveDissent(forged(world, keys[0]!, strangers))).to.be.revertedWithCustomError(
      c.attesters,
      "NotAnOther",
    );
    await expect(c.attesters.proveDissent(forged(world, keys[0]!, keys)))
      .to.be.revertedWithCustomError(c.attesters, "NotAnOther")
      .withArgs(computeAddress(keys[0]!));
    await expect(c.attesters.proveDissent(forged(world, strangers[0]!, keys.slice(1))))
      .to.be.revertedWithCustomError(c.attesters, "NotAnAttester")
      .withArgs(computeAddress(strangers[0]!));
    await expect(c.attesters.proveDissent(forged(world, keys[2]!, [keys[0]!, keys[1]!, keys[3]!, keys[4]!])))
      .to.be.revertedWithCustomError(c.attesters, "NotAnAttester")
      .withArgs(computeAddress(keys[2]!));
    await expect(c.attesters.proveDissent(forged(world, keys[0]!, keys.slice(1), MANY)))
      .to.be.revertedWithCustomError(c.attesters, "SameFacts")
      .withArgs(MANY);
  });

  it("refuses a signature that was not made over these facts", async () => {
    const world = await five();
    const { c, keys } = world;
    const proof = { ...forged(world, keys[0]!, keys.slice(1)), facts: factsScoring(77) };
    await expect(c.attesters.proveDissent(proof)).to.be.revertedWithCustomError(c.attesters, "NotAnAttester");
  });

  it("and an equivocation about the same thing are one evidence", async () => {
    const world = await five();
    const { c, keys, epoch } = world;
    const { evidence } = await accused(world);
    const site = { chainId: c.suite.chainId, epoch };
    const [a, b] = [
      Signature.from(signed(site, keys[0]!, ONE).signature),
      Signature.from(signed(site, keys[0]!, MANY).signature),
    ];
    const proof = {
      epoch,
      ...ABOUT,
      factsA: ONE,
      factsB: MANY,
      rA: a.r,
      vsA: a.yParityAndS,
      rB: b.r,
      vsB: b.yParityAndS,
    };
    await expect(c.attesters.proveEquivocation(proof))
      .to.be.revertedWithCustomError(c.attesters, "EvidenceUsed")
      .withArgs(evidence);
  });

  it("frees an account whose bond was lost otherwise in the meantime", async () => {
    const world = await five();
    const { c } = world;
    const { evidence, executableAt } = await accused(world);
    await networkHelpers.impersonateAccount(await c.attesters.getAddress());
    await networkHelpers.setBalance(await c.attesters.getAddress(), 10n ** 20n);
    const contract = await ethers.getSigner(await c.attesters.getAddress());
    await c.stake.connect(contract).slash(c.alice.address, BOND, c.reporter.address);
    await at(executableAt);
    await expect(c.attesters.executeDissent(evidence))
      .to.emit(c.attesters, "DissentExecuted")
      .withArgs(c.alice.address, evidence, 0n);
  });

  it("is put together by the SDK, which refuses what the contract would", async () => {
    const world = await five();
    const { c, keys, epoch } = world;
    const site = { chainId: c.suite.chainId, epoch };
    const rough = forged(world, keys[0]!, keys.slice(1));
    const built = dissentProof(SUBJECT, rough.attestation, signed(site, keys[0]!, ONE), site);
    expect(built.proof).to.deep.equal(rough);
    expect(built.signer).to.equal(computeAddress(keys[0]!));
    expect(built.others).to.deep.equal(keys.slice(1).map((key) => computeAddress(key)));
    await c.attesters.proveDissent(built.proof);
    expect(() => dissentProof(SUBJECT, rough.attestation, signed(site, keys[0]!, MANY), site)).to.throw("same facts");
    expect(() => dissentProof(SUBJECT, rough.attestation, signed(site, keys[1]!, ONE), site)).to.throw("equivocation");
  });
});
