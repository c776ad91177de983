import { packTerms, paymentId, type PackedTerms, type Terms } from "@sluice/sdk";
import { JsonRpcProvider, ZeroAddress, computeAddress, concat, type SigningKey } from "ethers";
import { network } from "hardhat";

import { keyOf } from "./keys.ts";

export const DAY = 86_400;
export const UNIT = 10n ** 18n;
const GAS_MONEY = 10n ** 19n;

/** Bands by the policy alone, so that tests need no payment with a particular score. */
export const ALWAYS = {
  allow: { holdAt: 10_001, blockAt: 10_001 },
  hold: { holdAt: 1, blockAt: 10_001 },
} as const;

const POLICY = {
  protocolFeeBps: 0,
  refreshLog2: 8,
  holdDelay: DAY,
  grace: 2 * DAY,
  appealDelay: 3 * DAY,
  silenceDelay: DAY / 2,
  silenceCap: 1_000_000_000n,
  chargeCap: 1_000_000_000n,
  channelCap: 100_000_000n,
  stride: 16,
  auditShare: 0,
};

export interface Paid {
  readonly id: string;
  readonly terms: Terms;
  readonly packed: PackedTerms;
  readonly block: number;
}

export type TestChain = Awaited<ReturnType<typeof startChain>>;

/**
 * A chain behind a real HTTP endpoint with the shipped model's epoch: three attesters, quorum two, unless told otherwise.
 *
 * @param genesis Time of the first block; without it all chains of one process have the same first block.
 */
export async function startChain(
  policy: { holdAt: number; blockAt: number; auditShare?: number; protocolFeeBps?: number } = ALWAYS.allow,
  genesis?: Date,
  attesters: { readonly names: readonly string[]; readonly quorum: number } = { names: ["a", "b", "c"], quorum: 2 },
) {
  const override = genesis === undefined ? {} : { override: { initialDate: genesis } };
  const server = await network.createServer({ network: "hardhat", ...override }, "127.0.0.1", 0);
  const { address, port } = await server.listen();
  const url = `http://${address}:${port}`;
  const connection = await network.create({ network: "local", override: { url } });
  const { ethers } = connection;
  const provider = new JsonRpcProvider(url, undefined, { batchMaxCount: 1, cacheTimeout: -1, staticNetwork: true });
  const people = await ethers.getSigners();
  const [deployer, operator, payee, payer, other] = people;
  if (!deployer || !operator || !payee || !payer || !other) throw new Error("the chain has too few accounts");
  const keys = attesters.names
    .map(keyOf)
    .sort((a, b) => (BigInt(computeAddress(a)) < BigInt(computeAddress(b)) ? -1 : 1));
  const signers = keys.map((key) => computeAddress(key));
  for (const signer of signers) await (await deployer.sendTransaction({ to: signer, value: GAS_MONEY })).wait();
  const token = await ethers.deployContract("LocalToken");
  const tokenAddress = await token.getAddress();
  const config = {
    signers,
    tiers: [{ upTo: 2n ** 48n - 2n, quorum: attesters.quorum }],
    tokens: [{ token: tokenAddress, shift: 12, class: 0 }],
  };
  const deployedBlock = await ethers.provider.getBlockNumber();
  const epoch = await ethers.deployContract("RiskEpochEth2017V2", [config]);
  const epochAddress = await epoch.getAddress();
  const gate = await ethers.deployContract("RiskGate", [{ ...POLICY, ...policy }, epochAddress, deployer.address]);
  const deployed = await ethers.deployContract("PaymentEscrow", [
    await gate.getAddress(),
    deployer.address,
    ZeroAddress,
  ]);
  const escrow = await ethers.getContractAt("IPaymentEscrow", await deployed.getAddress());
  const escrowAddress = await escrow.getAddress();
  for (const account of [payer, other]) {
    await token.mint(account.address, 1_000_000_000n * UNIT);
    await token.connect(account).approve(escrowAddress, 2n ** 256n - 1n);
  }
  await ethers.provider.send("hardhat_mine", ["0x2"]);
  const { chainId } = await ethers.provider.getNetwork();
  const site = { chainId: Number(chainId), escrow: escrowAddress };
  let salt = 0n;

  /**
   * Authorizes a payment by the payer's own call; automine puts it into a block of its own.
   *
   * @param suffix What stands behind the calldata, which the contract does not read.
   */
  const pay = async (changes: Partial<Terms> = {}, suffix = "0x"): Promise<Paid> => {
    salt += 1n;
    const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    const terms: Terms = {
      payer: payer.address,
      payee: payee.address,
      operator: operator.address,
      token: tokenAddress,
      amount: 25n * UNIT,
      authorizeBy: now + DAY,
      captureBy: now + 7 * DAY,
      refundBy: now + 30 * DAY,
      minFeeBps: 0,
      maxFeeBps: 500,
      feeReceiver: operator.address,
      arbiter: ZeroAddress,
      disputeBond: 0n,
      defaultSplitBps: 0,
      rulingWindow: 0,
      silenceRule: "Refund",
      maxHold: 3 * DAY,
      referral: `0x${"00".repeat(12)}`,
      feeTier: "Nobody",
      salt,
      ...changes,
    };
    const packed = packTerms(terms);
    const from = people.find((person) => person.address === terms.payer) ?? payer;
    const call = await escrow.authorize.populateTransaction(packed, 0, "0x");
    const sent = await from.sendTransaction({ to: escrowAddress, data: concat([call.data, suffix]) });
    const receipt = await provider.getTransactionReceipt(sent.hash);
    return { id: paymentId(terms, site), terms, packed, block: receipt?.blockNumber ?? 0 };
  };

  return {
    ...{ url, server, connection, ethers, provider, deployer, operator, payee, payer, other, keys, signers },
    ...{ token, epoch, gate, escrow, site, pay },
    addresses: { gate: await gate.getAddress(), escrow: escrowAddress, epoch: epochAddress, token: tokenAddress },
    deployedBlock,
    policy: { ...POLICY, ...policy },
    /** Key of an attester of the epoch, in the contract's order. */
    attester: (index: number): SigningKey => {
      const key = keys[index];
      if (key === undefined) throw new Error(`there is no attester ${index}`);
      return key;
    },
    /** Empty blocks, one by one: those that hardhat_mine leaves out have no hashes a follower could check. */
    mine: async (count: number): Promise<void> => {
      for (let mined = 0; mined < count; mined++) await ethers.provider.send("evm_mine", []);
    },
    rpc: (method: string, params: unknown[] = []): Promise<unknown> => ethers.provider.send(method, params),
    close: async (): Promise<void> => {
      provider.destroy();
      await connection.close();
      await server.close();
    },
  };
}
