import { expect } from "chai";

import { CATALOGUE, definitionOf } from "../../oracle/src/facts/catalogue.ts";
import { completeFacts, packFacts, unpackFacts } from "../../oracle/src/facts/facts.ts";
import { floorDiv, share128 } from "../../oracle/src/facts/integers.ts";
import { createSchema, PAYMENT_SCHEMA, quantise, schemaHash } from "../../oracle/src/facts/schema.ts";
import { factsReference, schemaTable } from "../../oracle/src/facts/table.ts";
import { amountBucket, lg8, microUnits, significantDigits } from "../../oracle/src/facts/units.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { readProjectFile } from "./shipped.ts";
import { slowLg8 } from "./slowQuestion.ts";
import { randomFacts } from "./vectors.ts";

describe("micro-units", () => {
  it("divides by the shift, rounds down and saturates at 2^48 - 1", () => {
    expect(microUnits(10n ** 18n, 12)).to.equal(1_000_000);
    expect(microUnits(10n ** 12n - 1n, 12)).to.equal(0);
    expect(microUnits(2n ** 48n - 2n, 0)).to.equal(2 ** 48 - 2);
    expect(microUnits(2n ** 48n, 0)).to.equal(2 ** 48 - 1);
    expect(microUnits(2n ** 256n - 1n, 36)).to.equal(2 ** 48 - 1);
  });

  it("refuses a negative amount and a shift that is no natural number", () => {
    expect(() => microUnits(-1n, 0)).to.throw(RangeError, "got -1");
    expect(() => microUnits(1n, 1.5)).to.throw(RangeError, "got 1.5");
  });
});

describe("lg8", () => {
  it("is eight times the highest bit plus the next three bits, at every edge", () => {
    const edges = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1];
    for (const x of [...edges, 2 ** 48 - 1, 2 ** 52, 2 ** 53 - 1]) expect(lg8(x), `${x}`).to.equal(slowLg8(x));
    expect([1, 2, 3, 4, 8, 9].map(lg8)).to.deep.equal([0, 8, 12, 16, 24, 25]);
  });

  it("never falls", () => {
    for (let x = 1; x < 5_000; x++) expect(lg8(x + 1)).to.be.at.least(lg8(x));
  });

  it("equals the slow computation on random numbers", () => {
    const random = mulberry32(8);
    for (let round = 0; round < 2_000; round++) {
      const x = 1 + Math.floor(random() * 2 ** (1 + Math.floor(random() * 52)));
      expect(lg8(x), `${x}`).to.equal(slowLg8(x));
    }
  });

  it("refuses zero, fractions and numbers that are not exact", () => {
    for (const x of [0, -1, 1.5, 2 ** 53, NaN]) expect(() => lg8(x)).to.throw(RangeError, `got ${x}`);
  });
});

describe("amount bucket", () => {
  it("is -128 for nothing, clipped below and above, and about zero at one unit", () => {
    expect(amountBucket(0)).to.equal(-128);
    expect(amountBucket(1)).to.equal(-128);
    expect(amountBucket(16)).to.equal(-128);
    expect(amountBucket(18)).to.equal(-127);
    expect(amountBucket(1_000_000)).to.equal(-1);
    expect(amountBucket(2 ** 20)).to.equal(0);
    expect(amountBucket(2 ** 35 + 7 * 2 ** 32)).to.equal(127);
    expect(amountBucket(2 ** 48 - 1)).to.equal(127);
  });
});

describe("integers", () => {
  it("divides towards minus infinity", () => {
    expect([7, -7, 6, -6, 0, -1].map((a) => floorDiv(a, 3))).to.deep.equal([2, -3, 2, -2, 0, -1]);
    expect(floorDiv(2 ** 53 - 1, 2 ** 52)).to.equal(1);
  });

  it("keeps a share of the largest sums exact", () => {
    expect(share128(2 ** 53 - 2, 2 ** 53 - 1)).to.equal(127);
    expect(share128(5, 5)).to.equal(128);
  });

  it("counts digits without trailing zeros", () => {
    expect([0, 5, 5_000_000, 1_230_000, 1_000_001, 2 ** 48 - 1].map(significantDigits)).to.deep.equal([
      0, 1, 1, 3, 7, 15,
    ]);
  });
});

describe("quantiser", () => {
  const slot = { fact: "payeeAge", num: 3, den: 2, offset: -10, none: -128 };

  it("floors, shifts, then clips to a signed byte", () => {
    expect([0, 1, -1, 91, 92, 1_000, -1_000].map((v) => quantise(slot, v))).to.deep.equal([
      -10, -9, -12, 126, 127, 127, -128,
    ]);
  });

  it("has a value of its own for a fact without history", () => {
    expect(quantise({ ...slot, none: 5 }, "none")).to.equal(5);
  });
});

describe("schema", () => {
  it("chooses 32 different facts, those of the contract first", () => {
    const names = PAYMENT_SCHEMA.slots.map((slot) => slot.fact);
    expect(names).to.have.length(32);
    expect(new Set(names).size).to.equal(32);
    expect(names.slice(0, 3)).to.deep.equal(["amountBucket", "tokenClass", "nativeFlag"]);
    expect(PAYMENT_SCHEMA.definitions.map((one) => one.filledByContract).lastIndexOf(true)).to.equal(2);
  });

  it("has a hash that any change of name, order or quantiser changes", () => {
    const [a, b, ...rest] = [...PAYMENT_SCHEMA.slots].reverse();
    if (a === undefined || b === undefined) throw new Error("empty schema");
    const changed = [
      [b, a, ...rest],
      [{ ...a, num: a.num + 1 }, b, ...rest],
      [{ ...a, none: 1 }, b, ...rest],
    ];
    const hashes = [[a, b, ...rest], ...changed].map((slots) => schemaHash(slots));
    expect(new Set(hashes).size).to.equal(4);
    expect(schemaHash(PAYMENT_SCHEMA.slots)).to.equal(PAYMENT_SCHEMA.hash);
  });

  it("refuses a wrong number of facts, an unknown one, a displaced contract fact and a broken quantiser", () => {
    const slots = [...PAYMENT_SCHEMA.slots];
    const last = slots.at(-1);
    if (last === undefined) throw new Error("empty schema");
    const other = (changes: object) => [...slots.slice(0, -1), { ...last, ...changes }];
    expect(() => createSchema(slots.slice(1))).to.throw(RangeError, "32 slots, not 31");
    expect(() => createSchema(other({ fact: "shoeSize" }))).to.throw(RangeError, "no fact named shoeSize");
    expect(() => createSchema([last, ...slots.slice(1)])).to.throw(RangeError, "slot 0 must be amountBucket");
    expect(() => createSchema(other({ den: 0 }))).to.throw(RangeError, "slot 31 has no valid quantiser");
    expect(() => createSchema(other({ none: 128 }))).to.throw(RangeError, "slot 31 has no valid quantiser");
  });
});

describe("catalogue", () => {
  it("names each fact once and says what it is", () => {
    expect(new Set(CATALOGUE.map((one) => one.name)).size).to.equal(CATALOGUE.length);
    for (const one of CATALOGUE) expect(`${one.unit}${one.window}${one.description}`, one.name).to.match(/\.$/);
    expect(definitionOf("payeeAge").source).to.equal("payee");
  });
});

describe("the page about facts", () => {
  it("holds the shipped schema as it is", async () => {
    const page = await readProjectFile("docs/concepts/facts.md");
    expect(page).to.include(schemaTable(PAYMENT_SCHEMA));
    expect(page).to.include(`\`${PAYMENT_SCHEMA.hash}\``);
  });
});

describe("the reference of facts", () => {
  it("names every fact of the catalogue once", () => {
    const lines = factsReference().split("\n");
    for (const { name } of CATALOGUE) {
      expect(
        lines.filter((line) => line.startsWith(`| \`${name}\` |`)),
        name,
      ).to.have.length(1);
    }
  });
});

describe("facts as a word", () => {
  it("puts fact 0 in the most significant byte, in two's complement", () => {
    const facts = new Int8Array(32);
    facts.set([1, -1, -128, 127]);
    facts[31] = -2;
    expect(packFacts(facts)).to.equal(`0x01ff807f${"00".repeat(27)}fe`);
  });

  it("is unpacked to what was packed", () => {
    const random = mulberry32(4);
    for (let round = 0; round < 200; round++) {
      const facts = randomFacts(random);
      expect(unpackFacts(packFacts(facts))).to.deep.equal(facts);
    }
  });

  it("refuses another length", () => {
    expect(() => packFacts(new Int8Array(31))).to.throw(RangeError, "not 31");
    expect(() => unpackFacts("0x00")).to.throw(RangeError, "0x00");
  });

  it("is completed by what the contract knows, without touching the signed facts", () => {
    const signed = new Int8Array(32).fill(7);
    signed.fill(0, 0, 3);
    const completed = completeFacts(signed, { amountBucket: -5, tokenClass: 200, native: true });
    expect(Array.from(completed.slice(0, 4))).to.deep.equal([-5, 127, 1, 7]);
    expect(Array.from(signed.slice(0, 3))).to.deep.equal([0, 0, 0]);
  });
});
