import { packedTermsLayout, packTerms, unpackTerms, type PackedTerms, type PackedWord } from "@sluice/sdk";
import { expect } from "chai";
import { Interface, toBeHex, type EventFragment, type ParamType } from "ethers";

import { decodeLogs } from "../../oracle/src/chain/decode.ts";
import { escrowInterface, everyEvent, readGenerally } from "../../oracle/src/chain/eventPlans.ts";
import { termsText } from "../../oracle/src/chain/terms.ts";
import type { ChainLog } from "../../oracle/src/chain/wire.ts";
import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { refused } from "./support/errors.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 6_100);
const ESCROW = `0x${"e5".repeat(20)}`;
const site = { gate: `0x${"6a".repeat(20)}`, escrow: ESCROW };

function value(dice: Random, field: ParamType): unknown {
  if (field.isTuple()) return field.components.map((component) => value(dice, component));
  if (field.isArray()) return Array.from({ length: dice.below(4) }, () => value(dice, field.arrayChildren));
  const [, kind, size] = /^([a-z]+)([0-9]*)$/.exec(field.type) ?? [];
  if (kind === "address") return toBeHex(dice.bits(160), 20);
  if (kind === "bool") return dice.below(2) === 1;
  if (kind === "string") return `text "${dice.below(1_000)}" ✓`;
  // Small numbers, too: their leading zeros are where a reader goes wrong.
  if (kind === "uint") return dice.bits(Math.min(Number(size), 8 * (1 + dice.below(32))));
  if (kind === "int") return dice.bits(Number(size) - 1);
  if (kind === "bytes") {
    const length = size === "" ? dice.below(70) : Number(size);
    return length === 0 ? "0x" : toBeHex(dice.bits(8 * length), length);
  }
  throw new Error(`no value for ${field.type}`);
}

function logOf(fragment: EventFragment, values: readonly unknown[]): ChainLog {
  const { topics, data } = new Interface([fragment]).encodeEventLog(fragment, [...values]);
  const place = { block: 7, blockHash: `0x${"b1".repeat(32)}`, logIndex: 3, transactionHash: `0x${"77".repeat(32)}` };
  // ethers answers the topics as text, null only where a topic is left open, which none is.
  return { address: ESCROW, topics: topics, data, ...place };
}

/** Random packed terms that the escrow could have emitted: spare bits zero, choices within their range. */
function packedTerms(dice: Random): PackedTerms {
  const words = Object.entries(packedTermsLayout).map(([word, fields]) => {
    const bits = fields.reduce((sum, [name, size]) => {
      const drawn = name === "spare" ? 0n : dice.bits(size);
      const field = name === "silenceRule" || name === "feeTier" ? drawn % 2n : drawn;
      return (sum << BigInt(size)) | field;
    }, 0n);
    return [word, bits] as const;
  });
  return Object.fromEntries(words) as Record<PackedWord, bigint>; // one entry a word
}

describe("oracle: reading events", () => {
  it(`reads every event of every contract as a general decoder does (seed ${SEED})`, () => {
    const dice = random(SEED);
    let fixed = 0;
    for (const { plan, fragment } of everyEvent()) {
      for (let run = 0; run < fuzzRuns(30); run++) {
        const { topics, data } = logOf(
          fragment,
          fragment.inputs.map((field) => value(dice, field)),
        );
        const what = `seed ${SEED}, run ${run}, ${plan.kind}`;
        expect(plan.read(topics, data), what).to.deep.equal(readGenerally(fragment, topics, data));
      }
      if (plan.fixed !== undefined) fixed += 1;
    }
    expect(fixed).to.be.greaterThan(40);
  });

  it("stores no two events of a contract under one kind, and none of two contracts", () => {
    const kinds = everyEvent().map(({ plan }) => plan.kind);
    const shared = kinds.filter((kind, index) => kinds.indexOf(kind) !== index);
    // Escrow and gate both are read under plain names.
    expect(shared).to.deep.equal([]);
  });

  it(`reads payments field by field as the SDK unpacks them (seed ${SEED})`, () => {
    const dice = random(SEED);
    for (const name of ["Authorized", "Charged"]) {
      const fragment = escrowInterface.getEvent(name);
      if (fragment === null) throw new Error(`there is no ${name}`);
      for (let run = 0; run < fuzzRuns(50); run++) {
        const packed = packedTerms(dice);
        const terms = unpackTerms(packed);
        expect(packTerms(terms)).to.deep.equal(packed);
        const id = toBeHex(dice.bits(256), 32);
        const fees = name === "Charged" ? [5n, dice.bits(90)] : [];
        const log = logOf(fragment, [id, terms.payee, Object.values(packed), ...fees]);
        const { payments, events } = decodeLogs([log], site, 99);
        expect(payments, `seed ${SEED}, run ${run}`).to.deep.equal([
          {
            id,
            payer: terms.payer.toLowerCase(),
            payee: terms.payee.toLowerCase(),
            token: terms.token.toLowerCase(),
            amount: terms.amount.toString(),
            terms: termsText(packed),
            ...{ block: 7, log_index: 3, timestamp: 99 },
          },
        ]);
        const captured = { id, amount: terms.amount.toString(), operatorFee: "5", protocolFee: String(fees[1]) };
        expect(events.map(({ kind, body }) => [kind, JSON.parse(body) as unknown])).to.deep.equal(
          fees.length === 0 ? [] : [["captured", captured]],
        );
      }
    }
  });

  it("refuses a log whose data or topics do not fit its event", async () => {
    const captured = escrowInterface.getEvent("Captured");
    if (captured === null) throw new Error("there is no Captured");
    const log = logOf(captured, [`0x${"11".repeat(32)}`, 1n, 2n, 3n]);
    const broken = [
      { ...log, data: log.data.slice(0, -64) },
      { ...log, data: `${log.data}${"00".repeat(32)}` },
      { ...log, topics: log.topics.slice(0, 1) },
    ];
    for (const one of broken)
      await refused(
        Promise.resolve().then(() => decodeLogs([one], site, 1)),
        "RPC_UNAVAILABLE",
      );
    expect(decodeLogs([log], site, 1).events).to.have.length(1);
  });
});
