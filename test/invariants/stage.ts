import { computeAddress, Interface, toQuantity, ZeroAddress, type SigningKey } from "ethers";
import { network } from "hardhat";

import { installPermit2, permit2Address } from "../../scripts/stack/permit2.ts";
import { attesterKeys, epochConfig, key, POLICY } from "../shared/suite.ts";
import type { Kind } from "./model/book.ts";
import { driverAbi, runSteps, send, type Step, type Wire } from "./rpc.ts";

/** Contract accounts, one a part; some of them also take another's part in some terms. */
export const PUPPETS = [
  "payer",
  "payee",
  "operator",
  "feeReceiver",
  "arbiter",
  "stranger",
  "reviewer",
  "governor",
  "moody",
] as const;
/** Accounts that are only a key and act by what they sign. */
export const KEYS = ["keyPayer", "keyPayee", "keyOperator"] as const;
export type Name = (typeof PUPPETS)[number] | (typeof KEYS)[number];

export const ENDOWMENT = 2n ** 90n;
const MAX = 2n ** 256n - 1n;
const EPOCHS = 3;
const erc20 = ["function approve(address,uint256)", "function mint(address,uint256)"] as const;

export type Stage = Awaited<ReturnType<typeof deployStage>>;

/** Everything a walk needs on one chain, with a snapshot to return to. */
export async function deployStage() {
  const { ethers, networkHelpers, provider } = await network.create({ network: "hardhat" });
  const [deployer, treasury] = await ethers.getSigners();
  if (deployer === undefined || treasury === undefined) throw new Error("the chain has no accounts");
  await networkHelpers.setBalance(deployer.address, 2n ** 120n);
  const addressOf = async (name: string, values: unknown[] = []) =>
    (await ethers.deployContract(name, values)).getAddress();

  const driver = await addressOf("FuzzDriver");
  const wire: Wire = { provider: { request: (call) => provider.request(call) }, from: deployer.address, driver };
  const { secrets, people } = await employ(wire);
  const tokens = await deployTokens(addressOf);
  const attesters = attesterKeys(3);
  const config = epochConfig(attesters, 2, ZeroAddress);
  const listed = tokens.filter((token) => token.listed);
  config.tokens = listed.map(({ address }, index) => ({ token: address, shift: 12, class: index }));
  const epochs: string[] = [];
  for (let count = 0; count < EPOCHS; count += 1) epochs.push(await addressOf("DirectEpoch", [config]));
  const stake = await addressOf("OddStake");
  const gate = await addressOf("RiskGate", [POLICY, epochs[0], people.governor]);
  const escrow = await addressOf("PaymentEscrow", [gate, treasury.address, stake]);
  const collector = await addressOf("AllowanceCollector", [escrow]);
  await installPermit2(deployer, (address, code) => networkHelpers.setCode(address, code));

  const tax = await ethers.getContractAt("TaxToken", tokens[4]?.address ?? "");
  await tax.setTax(100, false);
  const odd = await ethers.getContractAt("OddReturnToken", tokens[3]?.address ?? "");
  await odd.setAnswer(1); // true, as long as it behaves
  const site = { chainId: (await ethers.provider.getNetwork()).chainId, escrow };
  const stage = {
    wire,
    secrets,
    people,
    tokens,
    attesters,
    epochs,
    stake,
    gate,
    escrow,
    collector,
    site,
    treasury: treasury.address,
  };
  await endow(stage);
  await networkHelpers.mine(2);
  const fromBlock = (await ethers.provider.getBlockNumber()) - 1;
  const treasuryCoin = await ethers.provider.getBalance(treasury.address);
  return { ...stage, fromBlock, treasuryCoin };
}

/** A key for everybody, and a contract account for each puppet's key. */
async function employ(wire: Wire) {
  const names: Name[] = [...PUPPETS, ...KEYS];
  const secrets = Object.fromEntries(names.map((name) => [name, key(name)])) as Record<Name, SigningKey>; // one each
  const owners = PUPPETS.map((name) => computeAddress(secrets[name]));
  await send(wire, wire.driver, driverAbi.encodeFunctionData("employ", [owners]));
  const call = { to: wire.driver, data: driverAbi.encodeFunctionData("puppets") };
  const answer = await wire.provider.request({ method: "eth_call", params: [call, "latest"] });
  const employed: string[] = [...driverAbi.decodeFunctionResult("puppets", String(answer))[0]];
  const accounts = names.map((name, index) => [name, employed[index] ?? computeAddress(secrets[name])]);
  const people = Object.fromEntries(accounts) as Record<Name, string>; // one entry for each name
  return { secrets, people };
}

/** The last one is in no epoch's table. */
async function deployTokens(addressOf: (name: string) => Promise<string>) {
  const kinds: [Kind, string, boolean][] = [
    ["Erc3009", await addressOf("LocalToken"), true],
    ["Deny", await addressOf("DenyListToken"), true],
    ["Permit", await addressOf("PermitToken"), true],
    ["Odd", await addressOf("OddReturnToken"), true],
    ["Tax", await addressOf("TaxToken"), true],
    ["Coin", ZeroAddress, true],
    ["Erc3009", await addressOf("LocalToken"), false],
  ];
  return kinds.map(([kind, address, listed]) => ({ kind, address, listed }));
}

type Bare = Pick<Stage, "wire" | "people" | "tokens" | "escrow" | "collector">;

/** Everybody holds the same of everything and lets escrow, Permit2 and the collector take it. */
async function endow({ wire, people, tokens, escrow, collector }: Bare): Promise<void> {
  const abi = new Interface(erc20);
  for (const account of Object.values(people)) {
    await wire.provider.request({ method: "hardhat_setBalance", params: [account, toQuantity(ENDOWMENT)] });
  }
  const bare = tokens.filter(({ kind }) => kind !== "Coin");
  for (const { address } of bare) {
    for (const account of Object.values(people)) {
      await send(wire, address, abi.encodeFunctionData("mint", [account, ENDOWMENT]));
    }
    const spenders = [escrow, permit2Address, collector];
    const approvals = spenders.map((spender) => abi.encodeFunctionData("approve", [spender, MAX]));
    const steps = PUPPETS.flatMap((name): Step[] =>
      approvals.map((data) => ({ actor: people[name], target: address, value: 0n, data })),
    );
    const { outcomes } = await runSteps(wire, "run", steps);
    if (outcomes.some((outcome) => outcome !== "0x00000000")) throw new Error(`approvals failed: ${outcomes.join()}`);
  }
  for (const name of KEYS) {
    const account = people[name];
    await wire.provider.request({ method: "hardhat_impersonateAccount", params: [account] });
    await wire.provider.request({ method: "hardhat_setBalance", params: [account, toQuantity(2n ** 120n)] });
    for (const { address } of bare) {
      for (const spender of [escrow, permit2Address, collector]) {
        await send(wire, address, abi.encodeFunctionData("approve", [spender, MAX]), account);
      }
    }
    await wire.provider.request({ method: "hardhat_setBalance", params: [account, toQuantity(ENDOWMENT)] });
  }
}
