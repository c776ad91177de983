import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { packTerms, type Terms } from "@sluice/sdk";
import { Interface, SigningKey, ZeroAddress, computeAddress, getAddress, keccak256, toUtf8Bytes } from "ethers";
import { network } from "hardhat";

import { termsJson } from "../../oracle/src/attest/service.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { shippedModel } from "../../scripts/stack/model.ts";
import { localPolicy } from "../../scripts/stack/policy.ts";
import { startNode as startProcess, stop } from "../../scripts/stack/processes.ts";

const chainFile = new URL("../../scripts/stack/chain.ts", import.meta.url).pathname;
const UNIT = 10n ** 18n;
const DAY = 86_400;
const PAYERS = 10;
const PAYEES = 300;
/** Payments that one transaction authorizes. */
const PER_TRANSACTION = 50;
const GAS_A_TRANSACTION = "0xf42400"; // 16,000,000: below the cap on one transaction's gas

const keyOf = (name: string): SigningKey => new SigningKey(keccak256(toUtf8Bytes(`sluice oracle bench ${name}`)));

/** Contracts on the chain, judged by one set of attesters. */
export interface Site {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly gate: string;
  readonly escrow: string;
  readonly epoch: string;
  readonly deployedBlock: number;
  /** Keys of the attesters, in the contract's order. */
  readonly keys: readonly SigningKey[];
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** A chain in a process of its own, with a token that ten payers hold. */
export async function startWorld(directory: string) {
  await mkdir(directory, { recursive: true });
  const chain = startProcess("chain", chainFile, ["0"], join(directory, "chain.log"));
  const { listening } = await chain.announced;
  const { address, port } = listening as { address: string; port: number }; // what the chain's process prints
  const rpcUrl = `http://${address}:${port}`;
  const connection = await network.create({ network: "local", override: { url: rpcUrl } });
  const { ethers } = connection;
  const people = await ethers.getSigners();
  const token = await ethers.deployContract("LocalToken");
  const payers = people.slice(1, 1 + PAYERS);
  if (payers.length < PAYERS) throw new Error("the chain has too few accounts");
  for (const payer of payers) await token.mint(payer.address, 10n ** 12n * UNIT);
  return {
    ...{ rpcUrl, connection, token, payers, deployer: people[0], directory },
    close: async (): Promise<void> => {
      await connection.close();
      await stop(chain);
    },
  };
}

/** Epoch, gate and escrow for so many attesters and that quorum; the payers' allowances are given. */
export async function deploySite(world: World, attesters: number, quorum: number): Promise<Site> {
  const { connection, token, payers, deployer, rpcUrl } = world;
  if (deployer === undefined) throw new Error("the chain has no deployer");
  const { ethers } = connection;
  const keys = Array.from({ length: attesters }, (_, index) => keyOf(`${attesters} ${index}`)).sort((a, b) =>
    BigInt(computeAddress(a)) < BigInt(computeAddress(b)) ? -1 : 1,
  );
  const deployedBlock = await ethers.provider.getBlockNumber();
  const epoch = await ethers.deployContract(shippedModel.contract, [
    {
      signers: keys.map((key) => computeAddress(key)),
      tiers: [{ upTo: 2n ** 48n - 2n, quorum }],
      tokens: [{ token: await token.getAddress(), shift: 12, class: 0 }],
    },
  ]);
  const policy = { ...localPolicy, auditShare: 0 };
  const gate = await ethers.deployContract("RiskGate", [policy, await epoch.getAddress(), deployer.address]);
  const escrow = await ethers.deployContract("PaymentEscrow", [await gate.getAddress(), deployer.address, ZeroAddress]);
  for (const payer of payers) await token.connect(payer).approve(await escrow.getAddress(), 2n ** 256n - 1n);
  const { chainId } = await ethers.provider.getNetwork();
  const addresses = {
    gate: await gate.getAddress(),
    escrow: await escrow.getAddress(),
    epoch: await epoch.getAddress(),
  };
  return { rpcUrl, chainId: Number(chainId), ...addresses, deployedBlock, keys };
}

function termsOf(
  world: { payer: string; token: string; operator: string; now: number },
  salt: number,
  random: () => number,
): Terms {
  const payee = computeAddressOf(Math.floor(random() ** 2 * PAYEES));
  return {
    ...{ payer: world.payer, payee, operator: world.operator, token: world.token },
    // 1 to about 3,000 tokens, most of them small.
    amount: BigInt(Math.floor(100 * Math.exp(8 * random()))) * (UNIT / 100n),
    ...{ authorizeBy: world.now + DAY, captureBy: world.now + 7 * DAY, refundBy: world.now + 30 * DAY },
    ...{ minFeeBps: 0, maxFeeBps: 200, feeReceiver: world.operator, arbiter: ZeroAddress, disputeBond: 0n },
    ...{ defaultSplitBps: 0, rulingWindow: 0, silenceRule: "Refund", maxHold: DAY, feeTier: "Nobody" },
    referral: "0x000000000000000000000000",
    salt: BigInt(salt),
  };
}

const PAYEE_ADDRESSES = new Map<number, string>();

function computeAddressOf(payee: number): string {
  const known = PAYEE_ADDRESSES.get(payee);
  if (known !== undefined) return known;
  const address = getAddress(`0x${keccak256(toUtf8Bytes(`sluice bench payee ${payee}`)).slice(-40)}`);
  PAYEE_ADDRESSES.set(payee, address);
  return address;
}

/**
 * Authorizes payments on chain, fifty a transaction, each transaction a block; amounts, payers and payees follow from the seed.
 *
 * @param file Where the request bodies are written, one JSON object a line, in the order of authorization.
 * @returns How many there are: `count`, rounded up to whole transactions.
 */
export async function authorizePayments(
  world: World,
  site: Site,
  count: number,
  seed: number,
  file: string,
): Promise<number> {
  const { connection, payers, token } = world;
  const escrow = new Interface(
    (await connection.ethers.getContractAt("IPaymentEscrow", site.escrow)).interface.fragments,
  );
  const random = mulberry32(seed);
  const tokenAddress = await token.getAddress();
  const lines: string[] = [];
  for (let salt = 0; salt < count;) {
    const payer = payers[Math.floor(random() * payers.length)]?.address ?? "";
    const now = (await connection.ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    const operator = payers[0]?.address ?? "";
    const many = Array.from({ length: PER_TRANSACTION }, () =>
      termsOf({ payer, token: tokenAddress, operator, now }, (salt += 1), random),
    );
    const data = escrow.encodeFunctionData("authorizeMany", [many.map(packTerms), 0, "0x"]);
    const transaction = { from: payer, to: site.escrow, data, gas: GAS_A_TRANSACTION };
    const hash: unknown = await connection.provider.request({ method: "eth_sendTransaction", params: [transaction] });
    const receipt = await connection.ethers.provider.getTransactionReceipt(String(hash));
    if (receipt?.status !== 1) throw new Error(`authorizing ${PER_TRANSACTION} payments failed: ${String(hash)}`);
    for (const terms of many) lines.push(JSON.stringify({ terms: termsJson(terms) }));
  }
  await writeFile(file, `${lines.join("\n")}\n`);
  return lines.length;
}
