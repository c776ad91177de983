import { openAuthorization, signReceiveAuthorization } from "@sluice/sdk";
import { expect } from "chai";
import { concat, getCreateAddress, Interface, Signature, toBeHex } from "ethers";

import { channelOf, DEPOSIT, fixture, termsOf } from "../channels/world.ts";
import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { ethers } from "../shared/suite.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 1_710);
const VALID_BEFORE = 2 ** 40 - 1;
const SIGNING = { tokenName: "Local Token", tokenVersion: "1", validBefore: VALID_BEFORE };
const RECEIVE = new Interface([
  "function receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
]);

function bytes(dice: Random, length: number): string {
  return length === 0 ? "0x" : toBeHex(dice.bits(8 * length), length);
}

/** What a call answers, or the data of its error. */
async function answerOf(call: { to: string; data: string; from?: string }): Promise<string> {
  try {
    return `answers ${await ethers.provider.call(call)}`;
  } catch (thrown) {
    return `reverts with ${String(Reflect.get(Object(thrown), "data"))}`;
  }
}

describe("assembly against its plain twin: calls of the channels", () => {
  it(`what the channels pass to their extension: same answers, same errors, known and unknown calls (seed ${SEED})`, async () => {
    const { channels } = await fixture();
    const to = await channels.getAddress();
    const extension = getCreateAddress({ from: to, nonce: 1 });
    expect(await ethers.provider.getCode(extension)).to.not.equal("0x");
    const dice = random(SEED);
    const known = ["accountUse", "sessionUse", "sessionId", "payeeOf", "fund", "movePayee", "topUpFromCredit"];
    const selectors = known.map((name) => channels.interface.getFunction(name as "fund").selector); // names of the interface
    let answered = 0;
    for (let run = 0; run < fuzzRuns(80); run += 1) {
      const selector = dice.below(8) === 0 ? bytes(dice, 4) : dice.pick(selectors);
      const words = Array.from({ length: dice.below(8) }, () => toBeHex(dice.bits(dice.pick([40, 96, 160, 256])), 32));
      const data = concat([selector, ...words, bytes(dice, dice.below(3))]);
      const passed = await answerOf({ to, data });
      if (passed.startsWith("answers")) answered += 1;
      expect(passed, `seed ${SEED}, run ${run}: ${data}`).to.equal(await answerOf({ to: extension, data }));
    }
    expect(answered).to.be.greaterThan(0);
  });

  it(`what an opening asks of the token: the authorization word for word, and its error as it came (seed ${SEED + 1})`, async () => {
    const world = await fixture();
    const { payer, token, channelSite } = world;
    const { channels: to } = channelSite;
    const address = await token.getAddress();
    const dice = random(SEED + 1);
    let accepted = 0;
    for (let run = 0; run < fuzzRuns(24); run += 1) {
      const terms = await termsOf(world, { salt: dice.bits(256) });
      const { packed } = channelOf(world, terms);
      const authorization = openAuthorization(terms, DEPOSIT, channelSite, SIGNING);
      const good = Signature.from(await signReceiveAuthorization(payer, authorization));
      const isGood = dice.below(2) === 0;
      const r = isGood ? good.r : bytes(dice, 32);
      const { yParityAndS } = isGood ? good : { yParityAndS: bytes(dice, 32) };
      const { serialized } = Signature.from(concat([r, yParityAndS]));
      const args = [payer.address, to, DEPOSIT, 0, VALID_BEFORE, authorization.nonce, serialized];
      const call = RECEIVE.encodeFunctionData("receiveWithAuthorization", args);
      const direct = await answerOf({ from: to, to: address, data: call });
      const data = world.channels.interface.encodeFunctionData("openGasless", [
        packed,
        DEPOSIT,
        VALID_BEFORE,
        r,
        yParityAndS,
      ]);
      const opening = await answerOf({ to, data });
      const what = `seed ${SEED + 1}, run ${run}`;
      if (direct.startsWith("answers")) {
        accepted += 1;
        expect(opening, what).to.match(/^answers /);
      } else expect(opening, what).to.equal(direct);
    }
    expect(accepted).to.be.greaterThan(0);
  });
});
