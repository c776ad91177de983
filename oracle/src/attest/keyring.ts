import { OracleError } from "../errors.ts";
import type { Signer } from "./signer.ts";

/**
 * The keys of one node: the one it signs with, and during a rotation the next one beside it. Which of them signs follows
 * from the epoch that judges the payment, so that a node answers before, while and after the epoch changes.
 */
export class Keyring {
  readonly #keys: readonly [Signer, ...Signer[]];
  readonly #payer: Signer | undefined;

  /** @param payer The key that pays for transactions, where that is not the current one. */
  constructor(current: Signer, next?: Signer, payer?: Signer) {
    if (next?.address === current.address) {
      throw new OracleError("SETTINGS_INVALID", "the next key is the current one: name it only once", {
        address: current.address,
      });
    }
    this.#keys = next === undefined ? [current] : [current, next];
    this.#payer = payer;
  }

  /** The key that pays for transactions. */
  get payer(): Signer {
    return this.#payer ?? this.#keys[0];
  }

  /** Address of the current key, checksummed. */
  get address(): string {
    return this.#keys[0].address;
  }

  /** Addresses of all keys, the current one first. */
  get addresses(): string[] {
    return this.#keys.map((key) => key.address);
  }

  /** The key among these signers of an epoch; the current one where none or both of them are. */
  among(signers: readonly string[]): Signer {
    return this.#keys.find((key) => signers.includes(key.address)) ?? this.#keys[0];
  }

  async close(): Promise<void> {
    await Promise.all(this.#keys.map((key) => key.close()));
    await this.#payer?.close();
  }
}
