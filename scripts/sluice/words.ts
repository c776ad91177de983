import { formatEther, getAddress, ZeroAddress, type TransactionDescription } from "ethers";

import { policyParameters } from "@sluice/sdk";

import { amountText, dateText, spanText } from "./amounts.ts";
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
  const special = powerWords(parsed, contract) ?? moneyWords(parsed, contract, glossary);
  if (special !== undefined) return special;
  const decimals = glossary.decimalsOf(target);
  if (name === "transfer" && decimals !== undefined) {
    const amount = amountText(BigInt(args[1] as bigint), decimals); // as the ABI says
    return `pay ${amount} of the ${contract.name} ${target} to ${addressText(String(args[0]), glossary)}`;
  }
  const list = fragment.inputs.map((input, index) => argumentText(input.name, args[index], glossary));
  return `call ${contract.name}.${name}(${list.join(", ")})`;
}

/** Powers that calls give and take, in words; undefined for every other call. */
function powerWords({ name, args }: TransactionDescription, contract: KnownContract): string | undefined {
  const [who, until, blocks] = args;
  if (name === "setGuardian") {
    const power = contract.name === "SluiceGovernor" ? "cancel proposals" : "lower the thresholds once";
    if (who === ZeroAddress) return `let nobody ${power}`;
    const span = blocks === undefined ? "" : `, for ${blocks} blocks of payments`;
    return `let ${who} ${power}${span}, until ${dateText(Number(until))}`;
  }
  if (name === "endTightening") return "end the guardian's tightening: the voted policy judges later payments";
  if (name === "setReviewer") return `${args[1] === true ? "let" : "no longer let"} ${who} review payments`;
  if (name !== "disableSigners") return undefined;
  const bits = [...BigInt(String(args[1])).toString(2)].reverse();
  const places = bits.flatMap((bit, place) => (bit === "1" ? [place + 1] : []));
  return `stop signers ${places.join(", ")}, counted by address, of the epoch ${who} at once`;
}

/** An amount of a token by name, as people read it; in smallest units where its decimals are not known. */
function tokenAmount(token: string, amount: bigint, glossary: Glossary): string {
  if (token === ZeroAddress) return `${formatEther(amount)} coins`;
  const decimals = glossary.decimalsOf(token);
  const number = decimals === undefined ? `${amount} smallest units` : amountText(amount, decimals);
  return `${number} of ${addressText(token, glossary)}`;
}

/** What the treasury pays and how, in words; undefined for every other call. */
function moneyWords(
  { name, args }: TransactionDescription,
  contract: KnownContract,
  glossary: Glossary,
): string | undefined {
  const [first, second, third, ...times] = args.toArray().map(String);
  const token = first ?? "";
  const paid = (amount: string | undefined): string => tokenAmount(token, BigInt(amount ?? 0), glossary);
  const of = `${contract.name}.${name}`;
  if (of === "Treasury.spend")
    return `pay ${paid(third)} out of the treasury to ${addressText(second ?? "", glossary)}`;
  if (of === "Treasury.setCap") {
    const share = amountText(BigInt(second ?? 0), 2);
    return `let ${share} % of ${token === ZeroAddress ? "the coins" : addressText(token, glossary)} leave the treasury in 30 days`;
  }
  if (of === "GrantStreams.open") {
    const [start = "", cliff = "", end = ""] = times.map((second) => dateText(Number(second)));
    return `grant ${paid(third)} to ${second}, from ${start} to ${end}, nothing before ${cliff}`;
  }
  if (of === "GrantStreams.cancel")
    return `end grant ${first}: what has vested stays, the rest goes back to the treasury`;
  if (of !== "FeeSplitter.setParts") return undefined;
  const names = ["attesters", "stakers", "rebates", "treasury"];
  const parts = [...(args[0] as Iterable<bigint>)]; // as the ABI says: a struct of four numbers
  return `split protocol fees: ${names.map((to, index) => `${to} ${amountText(parts[index] ?? 0n, 2)} %`).join(", ")}`;
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
