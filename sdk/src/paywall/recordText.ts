import { checkAddress, checkUint } from "../checks.ts";
import { SluiceError } from "../failure.ts";
import { sessionIn, sessionText, type PaidTerms } from "../sessionText.ts";
import type { ChannelRecord } from "./store.ts";

/** A record as databases keep it: amounts as decimal text, terms as JSON. */
export type RecordRow = {
  channel: string;
  site: string;
  terms: string;
  signed: string;
  signature: string;
  spent: string;
  redeemed: string;
  unredeemed_since: number;
};

/** Columns of `RecordRow`, in the order of the tables. */
export const columns = [
  ...["channel", "site", "terms", "signed", "signature", "spent", "redeemed", "unredeemed_since"],
] as const;

/** Terms that were read or written: a channel's thousand vouchers carry the same, and checksums of addresses cost hashes. */
const termsByText = new Map<string, PaidTerms>();
const textByTerms = new WeakMap<PaidTerms, string>();
const termsKept = 10_000;

export function rowOf(record: ChannelRecord): RecordRow {
  const { channel, site, terms, signature, unredeemedSince } = record;
  return {
    channel,
    site,
    signature,
    terms: textOfTerms(terms),
    signed: record.signed.toString(),
    spent: record.spent.toString(),
    redeemed: record.redeemed.toString(),
    unredeemed_since: unredeemedSince,
  };
}

/** @throws SluiceError `STORE_INVALID` when the row is none of ours */
export function recordOf(row: Readonly<Record<string, unknown>>): ChannelRecord {
  try {
    return {
      channel: textOf(row, "channel"),
      site: textOf(row, "site"),
      terms: termsIn(textOf(row, "terms")),
      signed: BigInt(textOf(row, "signed")),
      signature: textOf(row, "signature"),
      spent: BigInt(textOf(row, "spent")),
      redeemed: BigInt(textOf(row, "redeemed")),
      unredeemedSince: Number(row["unredeemed_since"]),
    };
  } catch (cause) {
    throw new SluiceError("STORE_INVALID", `voucher store: row ${String(row["channel"])} is not readable`, undefined, {
      cause,
    });
  }
}

function textOfTerms(terms: PaidTerms): string {
  const known = textByTerms.get(terms);
  if (known !== undefined) return known;
  const { session, ...channel } = terms;
  const named = session === undefined ? {} : { session: sessionText(session) };
  const text = JSON.stringify({ ...channel, salt: terms.salt.toString(), ...named });
  textByTerms.set(terms, text);
  return text;
}

function termsIn(text: string): PaidTerms {
  const known = termsByText.get(text);
  if (known !== undefined) return known;
  const terms = Object.freeze(termsOf(JSON.parse(text)));
  if (termsByText.size >= termsKept) termsByText.clear();
  termsByText.set(text, terms);
  textByTerms.set(terms, text);
  return terms;
}

function termsOf(value: unknown): PaidTerms {
  const field = (name: string): unknown => (typeof value === "object" && value ? Reflect.get(value, name) : undefined);
  return {
    ...(field("session") === undefined ? {} : { session: sessionIn(field("session")) }),
    payer: checkAddress("payer", field("payer")),
    payee: checkAddress("payee", field("payee")),
    token: checkAddress("token", field("token")),
    signer: checkAddress("signer", field("signer")),
    exitDelay: Number(checkUint("exitDelay", field("exitDelay"), 32)),
    salt: BigInt(String(field("salt"))),
  };
}

function textOf(row: Readonly<Record<string, unknown>>, name: string): string {
  const value = row[name];
  if (typeof value !== "string") throw new TypeError(`${name} is no text`);
  return value;
}
