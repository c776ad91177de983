import {
  attestationBatchDigest,
  attestationDigest,
  packAttestation,
  packAttestationBatch,
  packTerms,
  paymentId,
} from "@sluice/sdk";
import { computeAddress, keccak256, toUtf8Bytes, Wallet } from "ethers";

import { localPolicy } from "../../scripts/stack/policy.ts";
import type { Rows } from "./escrowRows.ts";
import {
  AMOUNT,
  authorize3009,
  ordinaryFacts,
  gasOf,
  makeTerms,
  posted,
  sign3009,
  UNIT,
  type Made,
  type World,
} from "./world.ts";

const COUNT = 50;
const FEE_BPS = 100n;

/** Payers who are all different, with amounts that have digits in every place: zero bytes would be cheaper to carry. */
async function makeMany(world: World, make: typeof posted): Promise<Made[]> {
  const made: Made[] = [];
  for (let index = 0; index < COUNT; index += 1) {
    const payer = new Wallet(keccak256(toUtf8Bytes(`sluice bench batch payer ${index}`)));
    const amount = 12_345_678_901_234_567_891n + BigInt(index) * 1_234_567_890_123_456_789n;
    await world.token.mint(payer.address, 1_000n * UNIT);
    made.push((await make(world, { amount }, payer)).made);
  }
  return made;
}

function captureMany(world: World, made: readonly Made[], attestation: string): Promise<number> {
  const items = made.map(({ terms, packed }) => ({ terms: packed, amount: terms.amount, feeBps: FEE_BPS }));
  return gasOf(world.escrow.connect(world.operator).captureMany(items, attestation));
}

/** One attestation of exactly the quorum over all payments, each as of its own block. */
async function attestMany(world: World, made: readonly Made[]): Promise<string> {
  const statements = await Promise.all(
    made.map(async ({ id, block }) => {
      const found = await world.ethers.provider.getBlock(block);
      if (found === null || found.hash === null) throw new Error(`block ${block} has no hash`);
      return {
        subject: id,
        asOf: block,
        asOfHash: found.hash,
        facts: ordinaryFacts(await world.epoch.referenceFacts()),
      };
    }),
  );
  const digest = attestationBatchDigest(statements, world.epochSite);
  const signatures = world.keys.map((key) => ({ signer: computeAddress(key), signature: key.sign(digest).serialized }));
  return packAttestationBatch(statements, signatures);
}

/** The fee entry of the batch exists before it, and somebody has had each payee's token. */
async function warmUp(world: World): Promise<void> {
  const { made } = await posted(world);
  await gasOf(world.escrow.connect(world.operator).capture(made.packed, AMOUNT, FEE_BPS, 0, "0x"));
}

/** Fifty captures in one transaction, per payment: of posted payments, and with one 3-of-5 attestation over all of them. */
export async function batchRows(world: World, attestedWorld: World): Promise<Rows> {
  await warmUp(world);
  await warmUp(attestedWorld);
  const plain = await captureMany(world, await makeMany(world, posted), "0x");
  const open = await makeMany(attestedWorld, authorize3009);
  const attested = await captureMany(attestedWorld, open, await attestMany(attestedWorld, open));
  return {
    "escrow.captureManyPerPayment50": Math.round(plain / COUNT),
    "escrow.captureManyAttestedPerPayment50": Math.round(attested / COUNT),
  };
}

/** A charge screened by two of three: the whole, and less what the gate's check costs elsewhere. */
export async function chargeRows(world: World, check2: number): Promise<Rows> {
  await warmUp(world);
  const terms = await makeTerms(world);
  const head = await world.ethers.provider.getBlockNumber();
  const asOf = Math.floor(head / localPolicy.stride) * localPolicy.stride;
  const block = await world.ethers.provider.getBlock(asOf);
  if (block === null || block.hash === null) throw new Error(`block ${asOf} has no hash`);
  const statement = {
    subject: paymentId(terms, world.site),
    asOf,
    asOfHash: block.hash,
    facts: ordinaryFacts(await world.epoch.referenceFacts()),
  };
  const digest = attestationDigest(statement, world.epochSite);
  const signatures = world.keys.map((key) => ({ signer: computeAddress(key), signature: key.sign(digest).serialized }));
  const attestation = packAttestation(statement, signatures);
  const signature = await sign3009(world, terms);
  const escrow = world.escrow.connect(world.operator);
  const whole = await gasOf(escrow.charge(packTerms(terms), 1, signature, FEE_BPS, attestation));
  return { "escrow.charge3009Whole": whole, "escrow.charge3009": whole - check2 };
}

/** What a fee tier adds to a capture: the same payment with and without, the payee's stake being of the highest tier. */
export async function feeTierRows(world: World): Promise<Rows> {
  const { stake, deployer, payee, gate, epoch } = world;
  await gasOf(gate.setPolicy({ ...localPolicy, protocolFeeBps: 20 }, await epoch.getAddress())); // a discount needs a fee
  const token = await world.ethers.getContractAt("SluiceToken", await stake.token());
  const amount = await stake.tierStake(3);
  await gasOf(token.connect(deployer).transfer(payee.address, amount));
  await gasOf(token.connect(payee).approve(await stake.getAddress(), amount));
  await gasOf(stake.connect(payee).stake(amount));
  await world.networkHelpers.time.increase(await stake.tierAge());
  await warmUp(world);
  const capture = async (feeTier: "Nobody" | "Payee"): Promise<number> => {
    const { made } = await posted(world, { feeTier });
    return gasOf(world.escrow.connect(world.operator).capture(made.packed, AMOUNT, FEE_BPS, 0, "0x"));
  };
  const without = await capture("Nobody");
  return { "escrow.feeTierExtra": (await capture("Payee")) - without };
}
