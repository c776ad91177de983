import { recoverAttesters, unpackAttestation } from "./attestation.ts";
import { checkAddress, checkBytes } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { bands, type Band } from "./generated/enums.ts";

/** Why a payment scored as it did: one fact that raised the score. */
export type ScoreReason = {
  /** Stable, such as PAYEE_NEW_PAYERS_7D_HIGH. */
  code: string;
  fact: string;
  value: number;
  /** The same fact's median over honest payments. */
  usual: number;
  sentence: string;
};

/** What a quorum of nodes says of a payment, checked as far as can be without the chain. */
export type AttestedPayment = {
  id: string;
  /** Node that gave the answer. */
  url: string;
  /** What the contract will decide unless the policy changes: the node's word, as score and reasons are. */
  band: Band;
  score: number;
  reasons: ScoreReason[];
  /** The 32 facts, in the order of the epoch's schema: signed by `signers`. */
  facts: number[];
  asOf: number;
  asOfHash: string;
  epoch: string;
  /** Recovered from the signatures, ascending. */
  signers: string[];
  /** What `capture` and `post` take. */
  attestation: string;
};

/** Who is believed to attest. */
export type Trust = {
  /** Addresses that may sign, as `deployment.signers` lists them; any may when absent. */
  signers?: readonly string[];
  /** Fewest signatures; what the node says the quorum is when absent. */
  quorum?: number;
  /** The epoch that judges the payment; the node's word when absent. */
  epoch?: string;
};

const highestScore = 10_000;
const factCount = 32;

/**
 * Checks a node's answer: it is about this payment, what it says in the clear is what was signed, and who signed is known.
 * @throws SluiceError `NODE_ANSWER_INVALID`, `ATTESTATION_INVALID` or `SIGNATURE_INVALID`, naming the field
 */
export function checkAnswer(
  body: unknown,
  url: string,
  id: string,
  chainId: number | bigint,
  trust: Trust,
): AttestedPayment {
  const epoch = checkAddress("epoch", field(body, "epoch"));
  if (trust.epoch !== undefined && checkAddress("epoch", trust.epoch) !== epoch) {
    invalid("epoch", `${epoch}, not ${trust.epoch}`);
  }
  if (checkBytes("id", field(body, "id"), 32) !== id) invalid("id", `${shown(body, "id")}, not ${id}`);
  const attestation = textOf(body, "attestation");
  const { asOf, asOfHash, facts: packed } = unpackAttestation(attestation);
  if (field(body, "asOf") !== asOf) invalid("asOf", `${shown(body, "asOf")}, signed is ${asOf}`);
  if (checkBytes("asOfHash", field(body, "asOfHash"), 32) !== asOfHash) invalid("asOfHash", `signed is ${asOfHash}`);
  const facts = factsOf(field(body, "facts"), packed);
  const signers = recoverAttesters(attestation, id, { chainId, epoch });
  checkSigners(signers, claimedSigners(body), wholeOf(body, "quorum", 255), trust);
  return {
    ...{ id, url, band: bandOf(body), score: wholeOf(body, "score", highestScore) },
    reasons: reasonsOf(field(body, "scoreReasons")),
    ...{ facts, asOf, asOfHash, epoch, signers, attestation },
  };
}

function checkSigners(
  signers: readonly string[],
  claimed: readonly string[],
  claimedQuorum: number,
  trust: Trust,
): void {
  if (signers.some((signer, index) => index > 0 && BigInt(signer) <= BigInt(signers[index - 1] ?? 0))) {
    invalid("attestation", "signers are not strictly ascending");
  }
  if (claimed.length !== signers.length || signers.some((signer) => !claimed.includes(signer))) {
    invalid("attestation", `signed by ${signers.join(", ")}, said to be by ${claimed.join(", ")}`);
  }
  const quorum = trust.quorum ?? claimedQuorum;
  if (signers.length < Math.max(quorum, 1)) invalid("attestation", `${signers.length} of ${quorum} signatures`);
  const known = trust.signers?.map((signer) => checkAddress("signers", signer));
  const stranger = known && signers.find((signer) => !known.includes(signer));
  if (stranger !== undefined) invalid("attestation", `signed by ${stranger}, who is no known signer`);
}

function claimedSigners(body: unknown): string[] {
  const list = field(body, "signatures");
  if (!Array.isArray(list)) return invalid("signatures", "is no list");
  return list.map((entry: unknown) => checkAddress("signatures", field(entry, "signer")));
}

/** The facts in the clear, if they are those of the signed word: fact i is its byte i. */
function factsOf(value: unknown, packed: string): number[] {
  const signed = Array.from({ length: factCount }, (_, index) => {
    const byte = Number.parseInt(packed.slice(2 + 2 * index, 4 + 2 * index), 16);
    return byte < 128 ? byte : byte - 256;
  });
  if (!Array.isArray(value) || value.length !== factCount || signed.some((fact, index) => fact !== value[index])) {
    invalid("facts", "are not the signed ones");
  }
  return signed;
}

function bandOf(body: unknown): Band {
  const band = bands[wholeOf(body, "band", bands.length - 1)];
  return band === undefined || band === "None" ? invalid("band", "is none of Allow, Hold, Block") : band;
}

function reasonsOf(value: unknown): ScoreReason[] {
  if (!Array.isArray(value)) return invalid("scoreReasons", "is no list");
  return value.map((reason: unknown) => ({
    code: textOf(reason, "code"),
    fact: textOf(reason, "fact"),
    value: numberOf(reason, "value"),
    usual: numberOf(reason, "usual"),
    sentence: textOf(reason, "sentence"),
  }));
}

function field(body: unknown, name: string): unknown {
  if (typeof body !== "object" || body === null) return invalid(name, "is in no object");
  return Reflect.get(body, name);
}

function textOf(body: unknown, name: string): string {
  const value = field(body, name);
  return typeof value === "string" ? value : invalid(name, "is no text");
}

function numberOf(body: unknown, name: string): number {
  const value = field(body, name);
  return typeof value === "number" ? value : invalid(name, "is no number");
}

function wholeOf(body: unknown, name: string, highest: number): number {
  const value = numberOf(body, name);
  return Number.isInteger(value) && value >= 0 && value <= highest
    ? value
    : invalid(name, `${value}, want 0 to ${highest}`);
}

function shown(body: unknown, name: string): string {
  return String(field(body, name)).slice(0, 80);
}

function invalid(name: string, message: string): never {
  throw new SluiceError("NODE_ANSWER_INVALID", `${name}: ${message}`, name);
}
