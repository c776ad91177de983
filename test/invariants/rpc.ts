import { Interface } from "ethers";
import { artifacts } from "hardhat";

/** What talks to the chain: one request, one answer. */
export type Provider = { request(call: { method: string; params: unknown[] }): Promise<unknown> };

/** One call of one account. */
export type Step = { actor: string; target: string; value: bigint; data: string };

type Log = { address: string; topics: string[]; data: string };
export type Receipt = { blockNumber: string; blockHash: string; logs: Log[] };

export type Wire = {
  provider: Provider;
  from: string;
  driver: string;
};

export const driverAbi = new Interface((await artifacts.readArtifact("FuzzDriver")).abi);
const ran = driverAbi.getEvent("Ran")?.topicHash;
const GAS = "0x3200000"; // 52 million, below the block's 60

/** A transaction with every field set, so that nothing is asked before it is sent. */
export async function send(wire: Wire, to: string, data: string, from = wire.from): Promise<Receipt> {
  const fields = { from, to, data, gas: GAS, gasPrice: "0x174876e800" };
  const hash = await wire.provider.request({ method: "eth_sendTransaction", params: [fields] });
  const receipt = await wire.provider.request({ method: "eth_getTransactionReceipt", params: [hash] });
  return receipt as Receipt; // by the standard
}

const word = (value: bigint | number): string => value.toString(16).padStart(64, "0");

/** The words of `run(Step[])` or `probe(Step[])`, written out: ethers would spend most of a walk on them. */
export function encodeSteps(how: "run" | "probe", steps: readonly Step[]): string {
  const tails = steps.map(({ actor, target, value, data }) => {
    const bytes = data.slice(2);
    const padded = bytes.padEnd(Math.ceil(bytes.length / 64) * 64, "0");
    return [word(BigInt(actor)), word(BigInt(target)), word(value), word(128), word(bytes.length / 2), padded].join("");
  });
  let offset = 32 * steps.length;
  const heads = tails.map((tail) => {
    const head = word(offset);
    offset += tail.length / 2;
    return head;
  });
  const selector = driverAbi.getFunction(how)?.selector ?? "";
  return [selector, word(32), word(steps.length), ...heads, ...tails].join("");
}

/** Takes the steps in one transaction; the outcomes are error selectors, all zero where a step succeeded. */
export async function runSteps(wire: Wire, how: "run" | "probe", steps: readonly Step[]) {
  const receipt = await send(wire, wire.driver, encodeSteps(how, steps));
  const data = receipt.logs.find(({ topics }) => topics[0] === ran)?.data ?? "";
  const bytes = data.slice(2 + 2 * 64); // behind offset and length
  const outcomes = steps.map((_, index) => `0x${bytes.slice(8 * index, 8 * index + 8)}`);
  return { receipt, outcomes };
}

const WIDTH = { payments: 11, holdings: 3 } as const;

/** A view of the driver, as rows of numbers. */
export async function look(wire: Wire, name: keyof typeof WIDTH, values: readonly unknown[]): Promise<bigint[][]> {
  const data = driverAbi.encodeFunctionData(name, values);
  const call = { from: wire.from, to: wire.driver, data, gas: GAS };
  const words = String(await wire.provider.request({ method: "eth_call", params: [call, "latest"] })).slice(2 + 2 * 64);
  const width = WIDTH[name];
  return Array.from({ length: words.length / 64 / width }, (_, row) =>
    Array.from({ length: width }, (__, column) => {
      const start = 64 * (row * width + column);
      return BigInt(`0x${words.slice(start, start + 64)}`);
    }),
  );
}
