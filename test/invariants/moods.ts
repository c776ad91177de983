import { Interface } from "ethers";

import type { Act } from "./acts.ts";
import { add } from "./model/book.ts";
import { escrowAbi } from "./world.ts";

const abi = new Interface([
  "function setDenied(address,bool)",
  "function setAnswer(uint8)",
  "function setHabit(uint8,address,bytes)",
  "function set(uint8,uint256)",
  "function mint(address,uint256)",
]);
/** As OddReturnToken counts them. */
const ANSWERS = { Nothing: 0, True: 1, False: 3 };
const GIFT = 1_000n;

/** Something turns adverse or kind again: a deny list, a token, a receiver of coins, the stake; or a stranger gives. */
export const mood: Act = async (world, payment) => {
  const { random, model, stage } = world;
  const { people, tokens, stake } = stage;
  const { book } = model;
  const done = (target: string, name: string, values: readonly unknown[]) => {
    const data = abi.encodeFunctionData(name, values);
    return { step: { actor: people.stranger, target, value: 0n, data }, expected: undefined };
  };
  const addressOf = (kind: string) => tokens.find((token) => token.kind === kind)?.address ?? "";
  const dice = random.below(10);
  if (dice < 4) {
    const account = random.pick([people.payer, people.payee, people.keyPayee, people.feeReceiver, stage.treasury]);
    const denied = random.below(3) === 0;
    if (denied) book.denied.add(account);
    else book.denied.delete(account);
    return done(addressOf("Deny"), "setDenied", [account, denied]);
  }
  if (dice < 6) {
    book.oddAnswer = random.pick(["Nothing", "True", "False"]);
    return done(addressOf("Odd"), "setAnswer", [ANSWERS[book.oddAnswer]]);
  }
  if (dice < 8) {
    const habit = random.below(3);
    if (habit === 1) book.refusing.add(people.moody);
    else book.refusing.delete(people.moody);
    const data = escrowAbi.encodeFunctionData("reclaim", [payment.packed]);
    return done(people.moody, "setHabit", [habit, stage.escrow, data]);
  }
  if (dice < 9) {
    const [manner, tier] = [random.below(8) === 0 ? 1 + random.below(2) : 0, random.below(5)];
    model.tier = manner === 0 && tier < 4 ? tier : 0;
    return done(stake, "set", [manner, tier]);
  }
  const token = random.pick(tokens.filter(({ kind }) => kind !== "Coin")).address;
  add(book.held, token, book.escrow, GIFT);
  world.given.set(token, (world.given.get(token) ?? 0n) + GIFT);
  return done(token, "mint", [book.escrow, GIFT]);
};
