import { Interface, ZeroAddress } from "ethers";

import { insist } from "./checks.ts";
import { look, runSteps, type Step } from "./rpc.ts";
import { call, escrowAbi, type World } from "./world.ts";

const abi = new Interface([
  "function setDenied(address,bool)",
  "function setAnswer(uint8)",
  "function setHabit(uint8,address,bytes)",
  "function successes() view returns (uint256)",
]);

/** Tokens and receivers are kind again: what they keep from themselves is not the escrow's to hand out. */
function kindAgain({ stage }: World): Step[] {
  const { people, tokens, treasury } = stage;
  const step = (target: string, name: string, values: readonly unknown[]): Step => {
    return { actor: people.stranger, target, value: 0n, data: abi.encodeFunctionData(name, values) };
  };
  const denied = [...Object.values(people), treasury];
  return [
    ...denied.map((account) => step(tokens.find(({ kind }) => kind === "Deny")?.address ?? "", "setDenied", [account, false])), // prettier-ignore
    step(tokens.find(({ kind }) => kind === "Odd")?.address ?? "", "setAnswer", [1]),
    step(people.moody, "setHabit", [0, ZeroAddress, "0x"]),
  ];
}

async function view({ stage }: World, to: string, data: string): Promise<string> {
  return String(await stage.wire.provider.request({ method: "eth_call", params: [{ to, data }, "latest"] }));
}

/** exit: without any attestation every unit is out at exitBy(terms), by a stranger's calls; then the escrow holds what strangers gave. */
export async function checkExit(world: World): Promise<number> {
  const { stage, model, payments } = world;
  const { wire, people, escrow } = stage;
  // Every block's second is set: one that follows the machine's clock could lie behind the next on a busy machine.
  const at = (second: number): Promise<unknown> => {
    model.now = second;
    return wire.provider.request({ method: "evm_setNextBlockTimestamp", params: [second] });
  };
  await at(model.now + 2);
  await runSteps(wire, "run", kindAgain(world));
  const open = payments.filter(({ capturable }) => capturable > 0n);
  const exits = await Promise.all(
    open.map(async (payment) => {
      const data = escrowAbi.encodeFunctionData("exitBy", [payment.packed]);
      return { payment, by: Number(BigInt(await view(world, escrow, data))) };
    }),
  );
  let calls = 0;
  for (const { payment, by } of exits.toSorted((a, b) => a.by - b.by)) {
    await at(Math.max(by, model.now + 2));
    const names = ["reclaim", "resolveByDefault"];
    const { outcomes } = await runSteps(wire, "run", names.map((name) => call(world, people.stranger, name, [payment.packed]))); // prettier-ignore
    calls += names.length;
    insist(outcomes.includes("0x00000000"), "exit: a stranger takes it out at exitBy", { by, payment, outcomes });
  }
  const ids = payments.map(({ id }) => id);
  const rows = ids.length > 0 ? await look(wire, "payments", [escrow, ids]) : [];
  insist(
    rows.every(([left]) => left === 0n),
    "exit: nothing is left in any payment",
    {},
  );
  return calls + (await sweepAll(world));
}

async function sweepAll(world: World): Promise<number> {
  const { stage } = world;
  const { wire, people, escrow } = stage;
  const accounts = Object.values(people);
  const tokens = stage.tokens.map(({ address }) => address);
  const steps = tokens.flatMap((token) => accounts.map((account) => call(world, people.stranger, "sweep", [token, account]))); // prettier-ignore
  await runSteps(wire, "run", steps);
  const rows = await look(wire, "holdings", [escrow, tokens, [escrow]]);
  for (const [index, token] of tokens.entries()) {
    const [held] = rows[index] ?? [];
    insist(held === (world.given.get(token) ?? 0n), "exit: every unit is out", { token, held });
  }
  const reentered = BigInt(await view(world, people.moody, abi.encodeFunctionData("successes")));
  insist(reentered === 0n, "lock: nobody enters the escrow while it pays", { reentered });
  return steps.length;
}
