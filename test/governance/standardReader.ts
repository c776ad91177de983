import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { Contract, id, type InterfaceAbi, type Provider, type Signer } from "ethers";

/** A call of a proposal, as `ProposalCreated` tells it. */
export type StandardProposal = {
  proposalId: bigint;
  proposer: string;
  targets: string[];
  values: bigint[];
  calldatas: string[];
  description: string;
  voteStart: bigint;
  voteEnd: bigint;
};

/** ABI of a contract as OpenZeppelin publishes it in its package. */
export async function publishedAbi(name: string): Promise<InterfaceAbi> {
  const file = createRequire(import.meta.url).resolve(`@openzeppelin/contracts/build/contracts/${name}.json`);
  const { abi } = JSON.parse(await readFile(file, "utf8")) as { abi: InterfaceAbi }; // the shape of a published artifact
  return abi;
}

/** What a dashboard does with any governor: nothing here is of Sluice, neither code nor ABI. */
export class StandardReader {
  readonly governor: Contract;
  readonly timelockAbi: InterfaceAbi;

  constructor(address: string, governorAbi: InterfaceAbi, timelockAbi: InterfaceAbi, provider: Provider) {
    this.governor = new Contract(address, governorAbi, provider);
    this.timelockAbi = timelockAbi;
  }

  static async at(address: string, provider: Provider): Promise<StandardReader> {
    return new StandardReader(
      address,
      await publishedAbi("IGovernor"),
      await publishedAbi("TimelockController"),
      provider,
    );
  }

  /** Every proposal ever made, by the standard event. */
  async list(): Promise<StandardProposal[]> {
    const logs = await this.governor.queryFilter("ProposalCreated");
    return logs.map((log) => {
      const args = this.governor.interface.parseLog(log)?.args;
      if (args === undefined) throw new Error("an event that is none of the ABI");
      return {
        proposalId: args["proposalId"] as bigint, // types as the published ABI declares them, here and below
        proposer: String(args["proposer"]),
        targets: [...(args["targets"] as Iterable<string>)],
        values: [...(args.getValue("values") as Iterable<bigint>)],
        calldatas: [...(args["calldatas"] as Iterable<string>)],
        description: String(args["description"]),
        voteStart: args["voteStart"] as bigint,
        voteEnd: args["voteEnd"] as bigint,
      };
    });
  }

  /** Asks the governor something of the standard surface. */
  async ask<T>(name: string, ...args: unknown[]): Promise<T> {
    return (await this.governor.getFunction(name).staticCall(...args)) as T; // as the published ABI declares it
  }

  /** Sends something of the standard surface. */
  async send(signer: Signer, name: string, ...args: unknown[]): Promise<void> {
    const connected = this.governor.connect(signer) as Contract; // the same contract
    await (await connected.getFunction(name).send(...args)).wait();
  }

  /** Queues or executes what was listed, which needs the description's hash. */
  async act(signer: Signer, name: "queue" | "execute" | "cancel", one: StandardProposal): Promise<void> {
    await this.send(signer, name, one.targets, one.values, one.calldatas, id(one.description));
  }
}
