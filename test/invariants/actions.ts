import { packTerms, paymentId } from "@sluice/sdk";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";

import { capture, setPolicy } from "../shared/moves.ts";
import { attest, COLLECTION, ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import {
  deployEpoch,
  judgement,
  noFlows,
  randomPolicy,
  randomTerms,
  type Flows,
  type Row,
  type World,
} from "./world.ts";

type Act = (world: World, row: Row) => Promise<ContractTransactionResponse | undefined>;

const SCORES = [0, 5_000, 9_699, 9_700, 9_949, 9_950, 10_000];

/** Something between one unit and more than there is; the whole rather often. */
function someAmount(world: World, whole: bigint): bigint {
  const { random } = world;
  return random.pick([whole, whole, 1n, whole / 2n + 1n, whole + 1n, random.bits(96) % (whole + 1n)]);
}

async function attestation(world: World, row: Row): Promise<string> {
  const options = await judgement(world.suite, row.payment, 1);
  return attest(world.suite, row.payment, { ...options, score: world.random.pick(SCORES) });
}

const captureSome: Act = async (world, row) => {
  const { suite, random } = world;
  const { terms } = row.payment;
  const { capturable } = await suite.escrow.payment(row.payment.id);
  const byPayee = random.below(3) === 0;
  const span = terms.maxFeeBps - terms.minFeeBps + 1;
  return capture(suite, row.payment, {
    by: byPayee ? suite.payee : suite.operator,
    amount: someAmount(world, capturable),
    feeBps: byPayee ? terms.maxFeeBps : terms.minFeeBps + random.below(span),
    pushFee: random.below(2) === 0,
    attestation: random.below(2) === 0 ? "0x" : await attestation(world, row),
  });
};

const voidSome: Act = async (world, row) => {
  const { capturable } = await world.suite.escrow.payment(row.payment.id);
  const who = world.random.pick([world.suite.payee, world.suite.operator]);
  return world.suite.escrow.connect(who).void(row.payment.packed, someAmount(world, capturable / 4n));
};

const refundSome: Act = async (world, row) => {
  const { refundable } = await world.suite.escrow.payment(row.payment.id);
  const who = world.random.pick([world.suite.payee, world.suite.operator]);
  return world.suite.escrow.connect(who).refund(row.payment.packed, someAmount(world, refundable));
};

const sweepSome: Act = async (world) => {
  const { suite, random } = world;
  const account = random.pick([suite.payer, suite.payee, suite.feeReceiver]).address;
  return suite.escrow.sweep(random.pick(world.purses).address, account);
};

const denySome: Act = async (world) => {
  const { suite, random } = world;
  const token = await ethers.getContractAt("DenyListToken", world.purses[1]?.address ?? "");
  const account = random.pick([suite.payer, suite.payee, suite.feeReceiver, suite.treasury]).address;
  return token.setDenied(account, random.below(3) === 0);
};

const give: Act = async (world) => {
  const purse = world.random.pick(world.purses);
  const token = await ethers.getContractAt("TestToken", purse.address);
  await token.mint(world.suite.site.escrow, UNIT);
  purse.given += UNIT;
  return undefined;
};

/** To a second at, before or after a bound of the payment, or a random way on. */
const jump: Act = async (world, row) => {
  const { suite, random } = world;
  const { silentAt, opensAt, closesAt } = await suite.escrow.timer(row.payment.id);
  const now = BigInt(await networkHelpers.time.latest());
  const bound = random.pick([silentAt, opensAt, closesAt, BigInt(row.payment.terms.captureBy), now + random.bits(17)]);
  const second = bound + BigInt(random.below(3)) - 1n;
  if (second > now) await networkHelpers.time.setNextBlockTimestamp(second);
  return undefined;
};

const mine: Act = async (world) => {
  await networkHelpers.mine(world.random.pick([1, 2, 255, 256]));
  return undefined;
};

const vote: Act = async (world) => {
  const { suite, random } = world;
  if (random.below(3) === 0) {
    const revoked = await suite.epoch.getAddress();
    world.suite = {
      ...suite,
      epoch: await deployEpoch(
        suite,
        world.purses.map((purse) => purse.address),
      ),
    };
    await setPolicy(world.suite, randomPolicy(random), world.suite.epoch);
    if (random.below(2) === 0) await suite.gate.revokeEpoch(revoked);
    return undefined;
  }
  await setPolicy(suite, randomPolicy(random), suite.epoch);
  return undefined;
};

const ACTS: [string, number, Act][] = [
  ["capture", 12, captureSome],
  ["void", 3, voidSome],
  ["reclaim", 5, async (world, row) => world.suite.escrow.reclaim(row.payment.packed)],
  ["refund", 4, refundSome],
  ["request", 4, async (world, row) => world.suite.escrow.connect(world.suite.payer).request(row.payment.packed)],
  ["post", 7, async (world, row) => world.suite.escrow.post(row.payment.packed, await attestation(world, row))],
  ["sweep", 3, sweepSome],
  ["deny", 2, denySome],
  ["give", 1, give],
  ["jump", 8, jump],
  ["mine", 2, mine],
  ["vote", 1, vote],
];
const WHEEL = ACTS.flatMap(([name, weight, act]) => Array.from({ length: weight }, () => ({ name, act })));

/** Authorizes a payment of random terms and carries it in the world. */
export async function authorizeSome(world: World): Promise<void> {
  const { suite } = world;
  const terms = await randomTerms(world);
  const payment = { terms, packed: packTerms(terms), id: paymentId(terms, suite.site), block: 0 };
  const tx = await attempt(world, "authorize", () =>
    suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x"),
  );
  if (tx === undefined) return;
  world.rows.push({ payment: { ...payment, block: tx.blockNumber }, flows: noFlows() });
}

/** One random act on one random payment, which is returned; refusals are fine, panics are not. */
export async function step(world: World): Promise<Row | undefined> {
  const { random, rows } = world;
  const open = rows.filter(isOpen);
  if (open.length < 2 || (open.length < 6 && random.below(8) === 0)) {
    await authorizeSome(world);
    return undefined;
  }
  const row = random.pick(random.below(5) === 0 ? rows : open);
  const { name, act } = random.pick(WHEEL);
  await attempt(world, `${name} ${rows.indexOf(row)}`, () => act(world, row));
  return row;
}

function isOpen({ payment, flows }: Row): boolean {
  return payment.terms.amount > flows.captured + flows.voided + flows.reclaimed;
}

async function attempt(
  world: World,
  name: string,
  act: () => Promise<ContractTransactionResponse | undefined>,
): Promise<ContractTransactionReceipt | undefined> {
  try {
    const receipt = (await (await act())?.wait()) ?? undefined;
    world.log.push(name);
    if (receipt !== undefined) book(world, receipt);
    return receipt;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const reason = /custom error '([^']+)'/u.exec(message)?.[1];
    if (reason === undefined) throw cause;
    world.log.push(`${name}: ${reason}`);
    return undefined;
  }
}

/** Adds what the events say to the flows of their payments. */
function book(world: World, receipt: ContractTransactionReceipt): void {
  for (const log of receipt.logs) {
    const event = world.suite.escrow.interface.parseLog(log);
    const row = world.rows.find(({ payment }) => payment.id === event?.args["id"]);
    if (event === null || row === undefined) continue;
    const { flows } = row;
    if (event.name === "Captured") {
      add(flows, "captured", event.args["amount"]);
      add(flows, "operatorFees", event.args["operatorFee"]);
      add(flows, "protocolFees", event.args["protocolFee"]);
    }
    if (event.name === "Voided") add(flows, "voided", event.args["amount"]);
    if (event.name === "Reclaimed") add(flows, "reclaimed", event.args["amount"]);
    if (event.name === "Refunded") {
      const byPayee = event.args["from"] === world.suite.payee.address;
      add(flows, byPayee ? "refundedByPayee" : "refundedByOperator", event.args["amount"]);
    }
  }
}

function add(flows: Flows, name: keyof Flows, amount: unknown): void {
  flows[name] += BigInt(String(amount));
}
