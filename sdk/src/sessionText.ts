import { packSession, type Session } from "./channelConsent.ts";
import type { ChannelTerms } from "./channels.ts";
import { checkAddress } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { keyKinds } from "./generated/enums.ts";

/** Terms of a channel with the session they name, where they name one. */
export type PaidTerms = ChannelTerms & { session?: Session };

/** A session as JSON carries it: big numbers as decimal text. */
export type SessionText = Omit<Session, "capPerPeriod" | "salt"> & {
  /** Most that may be paid in a period. */
  capPerPeriod: string;
  /** Tells sessions of the same terms apart. */
  salt: string;
};

/** Sessions that were read: a thousand vouchers carry the same. */
const sessions = new Map<string, Session>();
const sessionsKept = 10_000;

export function sessionText(session: Session): SessionText {
  return { ...session, capPerPeriod: session.capPerPeriod.toString(), salt: session.salt.toString() };
}

/**
 * Reads a session from JSON, each field checked; the same text gives the same object.
 * @throws SluiceError naming the field
 */
export function sessionIn(value: unknown): Session {
  const text = JSON.stringify(value) ?? "";
  const known = sessions.get(text);
  if (known !== undefined) return known;
  const session = Object.freeze(checked(value));
  if (sessions.size >= sessionsKept) sessions.clear();
  sessions.set(text, session);
  return session;
}

function checked(value: unknown): Session {
  const field = (name: string): unknown => (typeof value === "object" && value ? Reflect.get(value, name) : undefined);
  const keyKind = keyKinds.find((kind) => kind === field("keyKind"));
  const payees = field("payees");
  if (keyKind === undefined) throw new SluiceError("TERMS_INVALID", "session.keyKind: unknown", "keyKind");
  if (!Array.isArray(payees)) throw new SluiceError("TERMS_INVALID", "session.payees: want a list", "payees");
  const seconds = (name: string): number => Number(whole(name, field(name)));
  const session: Session = {
    payer: String(field("payer")),
    token: String(field("token")),
    keyKind,
    key: String(field("key")),
    capPerPeriod: whole("capPerPeriod", field("capPerPeriod")),
    ...{ period: seconds("period"), start: seconds("start"), expiry: seconds("expiry"), notice: seconds("notice") },
    salt: whole("salt", field("salt")),
    payees: payees.map((payee: unknown) => checkAddress("payees", payee)),
  };
  const { payer, token } = packSession(session);
  return { ...session, payer, token };
}

function whole(name: string, value: unknown): bigint {
  const text = typeof value === "number" || typeof value === "string" ? String(value) : "";
  if (!/^(0|[1-9][0-9]{0,77})$/.test(text)) {
    throw new SluiceError("NUMBER_OUT_OF_RANGE", `session.${name}: want a whole number`, name);
  }
  return BigInt(text);
}

/** Whose key signs vouchers of a channel: an address, or of a session's P-256 key x and y in lower case. */
export function voucherKeyOf({ session, signer }: PaidTerms): string {
  if (session === undefined) return signer;
  return session.keyKind === "P256" ? session.key.toLowerCase() : checkAddress("key", session.key);
}
