import { mulberry32, permutation } from "../../oracle/src/train/random.ts";
import { longestChain, type Access } from "./graph.ts";
import type { Operation, Setting } from "./budgets.ts";
import { traceTransaction, type Rpc } from "./trace.ts";
import { authorize, capture, makePayment, PAYMENTS, type Made, type World } from "./world.ts";

/** What one draw gives: the longest chain and the read and write sets of each operation. */
export type Draw = Readonly<Record<Operation, { readonly chain: number; readonly accesses: readonly Access[] }>>;

/** Runs the act for each payment in the order given and traces its transaction. */
async function traced(
  world: World,
  order: Iterable<number>,
  act: (index: number) => Promise<string>,
): Promise<Access[]> {
  const { provider } = world.ethers;
  const rpc: Rpc = { send: (method, parameters) => provider.send(method, parameters) };
  const coinbase = (await provider.getBlock("latest"))?.miner ?? "";
  const accesses: Access[] = [];
  for (const index of order) accesses.push(await traceTransaction(rpc, await act(index), coinbase));
  return accesses;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no item ${index}`);
  return item;
}

/**
 * Sixty payments of ten merchants with salts that the seed decides: authorized by their payers in a random order, then captured,
 * each time from the same chain: merchant after merchant with the money pushed, the same in a random order, and credited.
 */
export async function runDraw(world: World, { lanes, width }: Setting, seed: number): Promise<Draw> {
  const random = mulberry32(seed);
  const made: (Made & { block: number })[] = [];
  for (let index = 0; index < PAYMENTS; index++) {
    const salt = BigInt(seed) * 1_000_003n + BigInt(index) + (BigInt(Math.floor(random() * 2 ** 32)) << 64n);
    made.push({ ...(await makePayment(world, index, salt, width === "w1" ? 1 : lanes)), block: 0 });
  }
  const authorized = await traced(world, permutation(PAYMENTS, random), async (index) => {
    const hash = await authorize(world, at(made, index), index);
    made[index] = { ...at(made, index), block: await world.ethers.provider.getBlockNumber() };
    return hash;
  });
  await world.networkHelpers.mine(1);
  const before = await world.networkHelpers.takeSnapshot();
  const captured = async (order: Iterable<number>, action: "Capture" | "CaptureCredited"): Promise<Access[]> => {
    const accesses = await traced(world, order, (index) => capture(world, at(made, index), index, action));
    await before.restore();
    return accesses;
  };
  const inTurn = Array.from(made.keys());
  const pushed = await captured(inTurn, "Capture");
  const shuffled = await captured(permutation(PAYMENTS, random), "Capture");
  const credited = await captured(inTurn, "CaptureCredited");
  const measured = (accesses: Access[]): { chain: number; accesses: Access[] } => ({
    chain: longestChain(accesses),
    accesses,
  });
  return {
    authorize: measured(authorized),
    capturePushed: measured(pushed),
    capturePushedShuffled: measured(shuffled),
    captureCredited: measured(credited),
  };
}
