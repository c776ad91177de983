import { packedTermsLayout, unpackTerms, type PackedTerms, type PackedWord, type Terms } from "@sluice/sdk";

// keys() widens to string; the layout is a constant of exactly these keys.
const WORDS = Object.keys(packedTermsLayout) as PackedWord[];

/** Packed terms as one 0x text of seven words: how they are stored. */
export function termsText(packed: Readonly<PackedTerms>): string {
  return `0x${WORDS.map((word) => packed[word].toString(16).padStart(64, "0")).join("")}`;
}

/** The inverse of termsText. */
export function packedFromText(text: string): PackedTerms {
  if (text.length !== 2 + 64 * WORDS.length) throw new RangeError(`packed terms have ${WORDS.length} words`);
  const entries = WORDS.map(
    (word, index) => [word, BigInt(`0x${text.slice(2 + 64 * index, 66 + 64 * index)}`)] as const,
  );
  return Object.fromEntries(entries) as PackedTerms; // the keys are exactly WORDS
}

/** Terms as stored, field by field. */
export function termsFromText(text: string): Terms {
  return unpackTerms(packedFromText(text));
}

const ARBITER_WORD = 2 + 64 * WORDS.indexOf("arbiterReferral");

/** The arbiter of stored terms as lower-case 0x text, undefined for terms without one. Reads that field only. */
export function arbiterFromText(text: string): string | undefined {
  // The first field of a word lies in its highest bits.
  const digits = text.slice(ARBITER_WORD, ARBITER_WORD + 40).toLowerCase();
  return /^0*$/.test(digits) ? undefined : `0x${digits}`;
}
