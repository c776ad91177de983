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

/** Words of packed terms. */
export const TERMS_WORDS = WORDS.length;

type TermsField = (typeof packedTermsLayout)[PackedWord][number][0];

/** Where the digits of each field stand in stored terms. A word's first field lies in its highest bits. */
const PLACES: ReadonlyMap<string, readonly [from: number, to: number]> = new Map(
  WORDS.flatMap((word, index) => {
    let from = 2 + 64 * index;
    return packedTermsLayout[word].map(([name, bits]) => {
      const to = from + bits / 4;
      const place = [name, [from, to]] as const;
      from = to;
      return place;
    });
  }),
);

/** Where the digits of a field stand in stored terms. */
export function placeInTerms(field: TermsField): readonly [from: number, to: number] {
  return PLACES.get(field) ?? [0, 0];
}

/** The hex digits of one field of stored terms, without unpacking the others. */
export function fieldOfTerms(text: string, field: TermsField): string {
  const [from, to] = placeInTerms(field);
  return text.slice(from, to).toLowerCase();
}

const NOBODY = "0".repeat(40);

/** An arbiter as lower-case 0x text, by its digits in stored terms; undefined where they name nobody. */
export function arbiterFromDigits(digits: string): string | undefined {
  return digits === NOBODY ? undefined : `0x${digits.toLowerCase()}`;
}

/** The arbiter of stored terms as lower-case 0x text, undefined for terms without one. */
export function arbiterFromText(text: string): string | undefined {
  return arbiterFromDigits(fieldOfTerms(text, "arbiter"));
}
