import { formatEther, getAddress, ZeroAddress, type TransactionDescription } from "ethers";

import { policyParameters } from "@sluice/sdk";

import { amountText, spanText } from "./amounts.ts";
import type { KnownContract } from "./contracts.ts";

/** What words need to know about the chain. */
export interface Glossary {
  readonly contracts: ReadonlyMap<string, KnownContract>;
  /** Value of a policy parameter in force, by the parameter's place. */
  readonly policy: readonly bigint[];
  /** Decimals of a token, where they are known. */
  readonly decimalsOf: (address: string) => number | undefined;
}

/** A call as a proposal carries it. */
export interface RawCall {
  readonly target: string;
  readonly value: bigint;
  readonly data: string;
}

const scores = new Set(["HoldAt", "BlockAt"]);
const spans = new Set(["HoldDelay", "Grace", "AppealDelay", "SilenceDelay"]);
const caps = new Set(["SilenceCap", "ChargeCap", "ChannelCap"]);
const shares = new Set(["ProtocolFeeBps", "AuditShare"]);
const microDecimals = 6;

/** A policy parameter's value in its unit. */
export function parameterText(name: string, value: bigint): string {
  if (spans.has(name)) return spanText(Number(value));
  if (caps.has(name)) return `${amountText(value, microDecimals)} tokens`;
  if (shares.has(name)) return `${amountText(value, 2)} %`;
  if (name === "RefreshLog2") return `2^${value} blocks`;
  if (name === "Stride") return `${value} blocks`;
  return scores.has(name) ? amountText(value, 0) : String(value);
}

/** An address by the name the deployment gives it. */
export function addressText(address: string, { contracts }: Glossary): string {
  const name = contracts.get(getAddress(address))?.name;
  return name === undefined ? address : `${name} ${address}`;
}

function policyWords(rows: readonly { parameter: bigint; value: bigint }[], { policy }: Glossary): string {
  const words = rows.map(({ parameter, value }) => {
    const name = policyParameters[Number(parameter)] ?? `parameter ${parameter}`;
    const now = policy[Number(parameter)];
    const from = now === undefined ? "" : `${parameterText(name, now)} → `;
    return `${name} ${from}${parameterText(name, value)}`;
  });
  return `change the policy: ${words.join(", ")}`;
}

function argumentText(name: string, value: unknown, glossary: Glossary): string {
  const text =
    typeof value === "string" && /^0x[0-9a-fA-F]{40}$/.test(value) && value !== ZeroAddress
      ? addressText(value, glossary)
      : String(value);
  return name === "" ? text : `${name} ${text}`;
}

function sentence(parsed: TransactionDescription, contract: KnownContract, target: string, glossary: Glossary): string {
  const { name, args, fragment } = parsed;
  if (name === "changePolicy") {
    return policyWords(args[0] as { parameter: bigint; value: bigint }[], glossary); // as the ABI says
  }
  if (name === "changeSmall") return policyWords([{ parameter: args[0], value: args[1] }], glossary);
  if (name === "registerEpoch") return `register the epoch ${args[0]} with code hash ${args[1]}, model card ${args[2]}`;
  if (name === "activateEpoch") return `put the epoch ${args[0]} into force for payments authorized afterwards`;
  if (name === "revokeEpoch") return `revoke the epoch ${args[0]} at once; its payments are judged by the one in force`;
  const decimals = glossary.decimalsOf(target);
  if (name === "transfer" && decimals !== undefined) {
    const amount = amountText(BigInt(args[1] as bigint), decimals); // as the ABI says
    return `pay ${amount} of the ${contract.name} ${target} to ${addressText(String(args[0]), glossary)}`;
  }
  const list = fragment.inputs.map((input, index) => argumentText(input.name, args[index], glossary));
  return `call ${contract.name}.${name}(${list.join(", ")})`;
}

/** What a call would do, in words. */
export function callWords(call: RawCall, glossary: Glossary): string {
  const coins = call.value === 0n ? "" : ` with ${formatEther(call.value)} coins`;
  const contract = glossary.contracts.get(getAddress(call.target));
  if (call.data === "0x") {
    if (call.value === 0n) return `do nothing: an empty call of ${addressText(call.target, glossary)}`;
    return `pay ${formatEther(call.value)} coins to ${addressText(call.target, glossary)}`;
  }
  const parsed = contract?.abi.parseTransaction({ data: call.data, value: call.value });
  if (contract !== undefined && parsed !== null && parsed !== undefined) {
    return `${sentence(parsed, contract, call.target, glossary)}${coins}`;
  }
  return `call ${addressText(call.target, glossary)}${coins} with ${call.data}, which this command cannot read`;
}
