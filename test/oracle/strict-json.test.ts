import { expect } from "chai";

import { parseStrict } from "../../oracle/src/api/strictJson.ts";
import { OracleError } from "../../oracle/src/errors.ts";
import { packFacts, unpackFacts } from "../../oracle/src/facts/facts.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";

const SEED = 4;
const random = mulberry32(SEED);
const below = (bound: number): number => Math.floor(random() * bound);
const ALPHABET = ['"', "\\", "/", "{", "}", "[", "]", ":", ",", " ", "a", "é", "\n", "\u2028"] as const;

/** Values whose strings and keys hold everything that could mislead somebody who counts brackets and quotes. */
function value(depth: number): unknown {
  const text = (): string => Array.from({ length: below(6) }, () => ALPHABET[below(ALPHABET.length)] ?? "").join("");
  const kind = depth === 0 ? below(3) : below(5);
  if (kind === 0) return text();
  if (kind === 1) return below(1_000);
  if (kind === 2) return null;
  const inner = Array.from({ length: below(4) }, () => value(depth - 1));
  return kind === 3 ? inner : Object.fromEntries(inner.map((one, index) => [`${text()}${index}`, one]));
}

function refusal(text: string): string {
  try {
    parseStrict(Buffer.from(text));
  } catch (error) {
    if (error instanceof OracleError) return error.code;
    throw error;
  }
  return "none";
}

describe(`oracle: JSON as two honest parties read it (seed ${SEED})`, () => {
  it("reads what JSON.parse reads, for 2,000 random values full of quotes, brackets and backslashes", () => {
    for (let index = 0; index < 2_000; index++) {
      const text = JSON.stringify(value(6), undefined, index % 3);
      expect(parseStrict(Buffer.from(text))).to.deep.equal(JSON.parse(text));
    }
  });

  it("refuses a key that stands twice in one object, however it is written, and not in two objects", () => {
    for (const text of ['{"a":1,"a":1}', '{"a":1,"\\u0061":1}', '{"x":{"\\\\":1, "\\\\" :2}}', '[{"\\"":1,"\\"":2}]']) {
      expect(refusal(text), text).to.equal("MALFORMED_JSON");
    }
    for (const text of ['{"a":{"a":["a","a"]}}', '[{"a":1},{"a":1}]', '{"a":"\\"a\\":1"}', '{"a":1,"\\\\a":1}']) {
      expect(refusal(text), text).to.equal("none");
    }
  });

  it("refuses depth before it parses, and brackets inside strings are no depth", () => {
    expect(refusal("[".repeat(100_000))).to.equal("TOO_DEEP");
    expect(refusal(`${"[".repeat(8)}${"]".repeat(8)}`)).to.equal("none");
    expect(refusal(`${"[".repeat(9)}${"]".repeat(9)}`)).to.equal("TOO_DEEP");
    expect(refusal(JSON.stringify({ a: '[{"'.repeat(50) }))).to.equal("none");
  });

  it("refuses strings that do not end, bytes that are no UTF-8, and what is no JSON", () => {
    for (const text of ['"', '"\\"', '{"a', "{'a':1}", "", "{}x"])
      expect(refusal(text), text).to.equal("MALFORMED_JSON");
    expect(() => parseStrict(Uint8Array.of(0x22, 0xff, 0x22))).to.throw(OracleError);
    expect(parseStrict(Buffer.from('"still alive"'))).to.equal("still alive");
  });

  it("packs every byte of facts as two digits that unpack to it again", () => {
    for (let first = -128; first < 128; first += 32) {
      const facts = Int8Array.from({ length: 32 }, (_, index) => first + index);
      expect(packFacts(facts)).to.equal(`0x${Buffer.from(facts).toString("hex")}`);
      expect(unpackFacts(packFacts(facts))).to.deep.equal(facts);
    }
  });
});
