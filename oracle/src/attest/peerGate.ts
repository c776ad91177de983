import { messageOf, OracleError } from "../errors.ts";
import { curve } from "./curve.ts";
import type { Keyring } from "./keyring.ts";
import { NonceMemory } from "./nonceMemory.ts";
import { bodyHashOf, PeerDigests, SEAL_HEADERS, type PeerSite } from "./peerSeal.ts";

/** A request as it came in. */
export interface PeerRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
  /** Header by lower-case name. */
  readonly header: (name: string) => string | undefined;
}

/** Who asked, and how the answer is to be signed. */
export interface Admitted {
  readonly signer: string;
  readonly nonce: string;
  /** This node's address that was asked. */
  readonly to: string;
}

export interface PeerGateOptions {
  readonly site: PeerSite;
  readonly keys: Keyring;
  /** False: requests without a signature are answered, too. */
  readonly required: boolean;
  /** How far a request's time may lie from this node's, in milliseconds. */
  readonly clockMs: number;
  /** Whether an address may ask: a peer, or a signer of an epoch. */
  readonly mayAsk: (signer: string) => boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** At 100 requests a second from one peer, more than ten minutes. */
const MOST_NONCES = 65_536;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const WORD = /^0x[0-9a-f]{64}$/;
const SIGNATURE = /^0x[0-9a-fA-F]{128}$/;
const TIME = /^[1-9][0-9]{0,14}$/;

const iso = (time: number): string => new Date(time).toISOString();

function recovered(digest: string, signature: string): string {
  try {
    return curve.recover(digest, signature);
  } catch (error) {
    throw new OracleError("PEER_SIGNATURE_INVALID", `the request's signature recovers to nobody: ${messageOf(error)}`);
  }
}

/** Lets requests of other nodes in: signed, in time, once; and signs what they are answered. */
export class PeerGate {
  readonly #options: PeerGateOptions;
  readonly #digests: PeerDigests;
  readonly #nonces: NonceMemory;

  constructor(options: PeerGateOptions) {
    this.#options = options;
    this.#digests = new PeerDigests(options.site);
    this.#nonces = new NonceMemory(options.clockMs, MOST_NONCES);
  }

  /**
   * Checks a request.
   *
   * @returns Who asked; undefined for one without a signature where none is required.
   * @throws OracleError PEER_UNSIGNED, PEER_CLOCK, PEER_SIGNATURE_INVALID, PEER_UNKNOWN or PEER_REPLAY.
   */
  admit({ method, path, body, header }: PeerRequest): Admitted | undefined {
    const claimed = header(SEAL_HEADERS.signer);
    if (claimed === undefined && !this.#options.required) return undefined;
    const [time = "", nonce = "", signature = ""] = [
      header(SEAL_HEADERS.time),
      header(SEAL_HEADERS.nonce),
      header(SEAL_HEADERS.signature),
    ];
    const whole = ADDRESS.test(claimed ?? "") && TIME.test(time) && WORD.test(nonce) && SIGNATURE.test(signature);
    if (!whole) {
      const names = Object.values(SEAL_HEADERS).slice(0, 4).join(", ");
      throw new OracleError("PEER_UNSIGNED", `this path is for other nodes, who sign: ${names}`);
    }
    const sent = Number(time);
    this.#checkClock(sent);
    const sealed = { method, path, bodyHash: bodyHashOf(body), time: sent, nonce };
    const asked = this.#options.keys.addresses;
    const to = asked.find((own) => {
      const signer = recovered(this.#digests.request({ ...sealed, to: own }), signature);
      return signer.toLowerCase() === claimed?.toLowerCase();
    });
    if (to === undefined) {
      throw new OracleError("PEER_SIGNATURE_INVALID", `${claimed} did not sign this request to ${asked.join(", ")}`);
    }
    const signer = claimed?.toLowerCase() ?? "";
    if (!this.#options.mayAsk(signer)) {
      throw new OracleError("PEER_UNKNOWN", `${claimed} is neither a peer nor a signer of an epoch`, { signer });
    }
    if (!this.#nonces.take(signer, nonce, sent, this.#options.now())) {
      throw new OracleError("PEER_REPLAY", "a request with this nonce was answered before", { signer, nonce });
    }
    return { signer, nonce, to };
  }

  /** Signature of an answer, with the key that was asked. */
  async seal({ nonce, to }: Admitted, status: number, body: Uint8Array): Promise<string> {
    const digest = this.#digests.answer({ nonce, status, bodyHash: bodyHashOf(body) });
    return this.#options.keys.among([to]).sign(digest);
  }

  #checkClock(sent: number): void {
    const { now, clockMs } = this.#options;
    const own = now();
    if (Math.abs(own - sent) <= clockMs) return;
    const text = `the request was sent at ${iso(sent)}, here it is ${iso(own)}: more than ${clockMs / 1_000} s apart`;
    throw new OracleError("PEER_CLOCK", text, { sent: iso(sent), received: iso(own), mostSeconds: clockMs / 1_000 });
  }
}

export interface PeerGateSettings extends PeerSite {
  readonly peers: readonly { readonly signer: string }[];
  readonly peersOnly?: boolean | undefined;
  readonly peerClockSeconds: number;
}

/**
 * The gate that settings describe: who may ask is a peer, or a signer of an epoch.
 *
 * @param isSigner Of a lower-case address.
 */
export function peerGateOf(
  settings: PeerGateSettings,
  keys: Keyring,
  isSigner: (address: string) => boolean,
): PeerGate {
  const peers = new Set(settings.peers.map(({ signer }) => signer.toLowerCase()));
  return new PeerGate({
    site: settings,
    keys,
    required: settings.peersOnly ?? peers.size > 0,
    clockMs: 1_000 * settings.peerClockSeconds,
    mayAsk: (address) => peers.has(address) || isSigner(address),
    now: Date.now,
  });
}
