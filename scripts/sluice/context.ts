import { gateContract, type Deployment, type GovernanceAddresses } from "@sluice/sdk";
import { Contract, getAddress, MaxUint256, type JsonRpcProvider, type Signer } from "ethers";

import type { Answer } from "./answer.ts";
import { abis, knownContracts, type KnownContract } from "./contracts.ts";
import { governanceOf } from "./place.ts";
import { estimate, transact, type Call, type Done, type NamedEvent } from "./transact.ts";
import { callWords, type Glossary } from "./words.ts";

export type GovernancePart = keyof GovernanceAddresses & keyof typeof abis;

export interface ContextOptions {
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly rpcUrl: string;
  /** Opens the account that acts, once it is needed. */
  readonly signer: () => Promise<Signer>;
  readonly dryRun: boolean;
  readonly patienceMs: number;
  /** Asks the user and answers whether he agreed. */
  readonly confirm: (lines: readonly string[]) => Promise<boolean>;
}

/** Decimals of SLUICE: the token is a plain ERC-20 of OpenZeppelin. */
export const sluiceDecimals = 18;

/** What every command works with: one chain, one deployment, perhaps one account. */
export class Context {
  readonly options: ContextOptions;
  readonly contracts: ReadonlyMap<string, KnownContract>;
  #signer: Promise<Signer> | undefined;

  constructor(options: ContextOptions) {
    this.options = options;
    this.contracts = knownContracts(options.deployment);
  }

  get provider(): JsonRpcProvider {
    return this.options.provider;
  }

  get deployment(): Deployment {
    return this.options.deployment;
  }

  get governance(): GovernanceAddresses {
    return governanceOf(this.options.deployment);
  }

  async signer(): Promise<Signer> {
    this.#signer ??= this.options.signer();
    return this.#signer;
  }

  async account(): Promise<string> {
    return (await this.signer()).getAddress();
  }

  /** Second of the newest block. */
  async now(): Promise<number> {
    const block = await this.provider.getBlock("latest");
    return block?.timestamp ?? 0;
  }

  /** A part of governance, for reading. */
  part(name: GovernancePart): Contract {
    return new Contract(this.governance[name], abis[name], this.provider);
  }

  /** A call of a part of governance. */
  call(name: GovernancePart, method: string, args: readonly unknown[], value = 0n): Call {
    return { to: this.governance[name], abi: abis[name], method, args, value };
  }

  /** What calls are put into words with. */
  async glossary(): Promise<Glossary> {
    const { deployment, contracts } = this;
    const gate = gateContract(deployment.gate, this.provider);
    const [policy] = await gate.getFunction("policyAt")(MaxUint256);
    const tokens = new Map<string, number>();
    const sluice = deployment.governance?.token;
    if (sluice !== undefined) tokens.set(getAddress(sluice), sluiceDecimals);
    const paid = new Contract(deployment.token, abis.token, this.provider);
    tokens.set(getAddress(deployment.token), Number(await paid.getFunction("decimals")()));
    return {
      contracts,
      policy: [...(policy as Iterable<bigint>)].map(BigInt), // a struct of integers
      decimalsOf: (address) => tokens.get(getAddress(address)),
    };
  }

  /**
   * Sends calls one after the other; with --dry-run prints them and asks the chain whether it would take the first.
   * @param about What the last one's event says, in words.
   */
  async perform(
    calls: readonly Call[],
    about: (done: Done) => { event: string; lines: readonly string[] },
  ): Promise<Answer> {
    const signer = await this.signer();
    if (this.options.dryRun) return this.#described(calls, signer);
    const { provider, contracts } = this;
    const { patienceMs } = this.options;
    const done: Done[] = [];
    for (const call of calls) done.push(await transact({ provider, contracts, patienceMs }, signer, call));
    const last = done[done.length - 1];
    if (last === undefined) throw new RangeError("a command that sends must have a call");
    const { event: name, lines } = about(last);
    const event = last.events.find((one) => one.name === name);
    return {
      json: { event: event === undefined ? null : named(event), transactions: done.map(transactionJson) },
      lines: [
        ...lines,
        ...done.map(({ hash, block, gasUsed }) => `transaction ${hash}, block ${block}, gas ${gasUsed}`),
      ],
    };
  }

  async #described(calls: readonly Call[], signer: Signer): Promise<Answer> {
    const glossary = await this.glossary();
    const gas = calls[0] === undefined ? 0n : await estimate(signer, calls[0]);
    const rows = calls.map(({ to, abi, method, args, value = 0n }) => {
      const data = abi.encodeFunctionData(method, args);
      return { to, value, data, words: callWords({ target: to, value, data }, glossary) };
    });
    const lines = rows.map(({ to, value, data, words }) => `${words}\n  to ${to}, value ${value}, data ${data}`);
    return {
      json: { dryRun: true, from: await signer.getAddress(), calls: rows, gasOfFirst: gas },
      lines: ["nothing was sent; this would be:", ...lines, `the chain would take the first call, for ${gas} gas`],
    };
  }
}

function named({ contract, name, args }: NamedEvent): Record<string, unknown> {
  return { contract, name, ...args };
}

function transactionJson({ hash, block, gasUsed, events }: Done): Record<string, unknown> {
  return { hash, block, gasUsed, events: events.map(named) };
}

/** An event of a transaction by its name. */
export function eventOf({ events }: Done, name: string): NamedEvent["args"] {
  return events.find((event) => event.name === name)?.args ?? {};
}
