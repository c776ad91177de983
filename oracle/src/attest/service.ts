import { packAttestation, type Terms } from "@sluice/sdk";

import { termsFromText } from "../chain/terms.ts";
import { OracleError } from "../errors.ts";
import { statementDigest } from "./digest.ts";
import { examine, type AsOfRequest, type Examination, type ExamineDeps } from "./examine.ts";
import { gather, type GatherOptions, type Gathered, type SignerSignature } from "./gather.ts";
import type { Guard } from "./guard.ts";

/** An examination this node has signed. */
export interface OwnAttestation {
  readonly examination: Examination;
  readonly signer: string;
  readonly signature: string;
}

/** An examination a quorum has signed, ready for `capture` or `post`. */
export interface QuorumAttestation {
  readonly examination: Examination;
  readonly gathered: Gathered;
  /** Packed for the chain, 0x text. */
  readonly attestation: string;
}

export interface ServiceDeps extends ExamineDeps {
  readonly guard: Guard;
  readonly gathering: GatherOptions;
  /** Looks at the chain's head at once; ends when that is read or after a short while. */
  readonly nudge: () => Promise<void>;
  readonly onSigned?: () => void;
  readonly onRefused?: (code: string) => void;
}

/** What may come true by looking at the chain once more. */
const CURED_BY_LOOKING: ReadonlySet<string> = new Set(["BEHIND", "NOT_AUTHORIZED_YET", "OTHER_FORK", "EPOCH_UNKNOWN"]);
const MOST_REMEMBERED = 1_000;

/** Terms as JSON carries them: whole numbers beyond 2^53 as decimal text. */
export function termsJson(terms: Terms): Record<string, unknown> {
  const entries = Object.entries(terms).map(([name, value]): [string, unknown] => [
    name,
    typeof value === "bigint" ? value.toString() : value,
  ]);
  return Object.fromEntries(entries);
}

/** Gives attestations: this node's own, and those of a quorum. */
export class AttestService {
  readonly #deps: ServiceDeps;
  readonly #running = new Map<string, Promise<QuorumAttestation>>();
  readonly #remembered = new Map<string, QuorumAttestation>();

  constructor(deps: ServiceDeps) {
    this.#deps = deps;
  }

  /** Examines a payment; looks at the chain once more where that can cure the reason why it fails. */
  async examine(id: string, request?: AsOfRequest): Promise<Examination> {
    try {
      return await examine(this.#deps, id, request);
    } catch (error) {
      if (!(error instanceof OracleError) || !CURED_BY_LOOKING.has(error.code)) throw error;
    }
    await this.#deps.nudge();
    return examine(this.#deps, id, request);
  }

  /** This node's signature, for whoever coordinates. */
  async own(id: string, request?: AsOfRequest): Promise<OwnAttestation> {
    return this.#sign(await this.examine(id, request).catch(this.#refuse));
  }

  /**
   * An attestation of a quorum. Who asks for the same payment at the same time shares the answer.
   *
   * @throws OracleError QUORUM_NOT_REACHED, or the reason why this node itself does not answer.
   */
  async quorum(id: string): Promise<QuorumAttestation> {
    const examination = await this.examine(id);
    const key = `${id}/${examination.asOf.hash}/${examination.epoch.address}/${examination.signers.length}`;
    const known = this.#remembered.get(key) ?? this.#running.get(key);
    if (known !== undefined) return known;
    const run = this.#gather(examination).finally(() => this.#running.delete(key));
    this.#running.set(key, run);
    const made = await run;
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, made);
    return made;
  }

  /** Counts a refusal on its way to whoever asked. */
  readonly #refuse = (error: unknown): never => {
    if (error instanceof OracleError) this.#deps.onRefused?.(error.code);
    throw error;
  };

  async #sign(examination: Examination): Promise<OwnAttestation> {
    const { guard, onSigned } = this.#deps;
    const { payment, epoch, asOf, packed } = examination;
    const statement = { subject: payment.id, asOf: asOf.number, asOfHash: asOf.hash, facts: packed };
    const digest = statementDigest(statement, epoch.domainSeparator);
    const { signers } = examination;
    const request = { ...statement, epoch: epoch.address };
    const signature = await guard.sign(request, digest, signers).catch(this.#refuse);
    onSigned?.();
    return { examination, signer: guard.addressAmong(signers), signature };
  }

  async #ownIfSigner(examination: Examination): Promise<SignerSignature | undefined> {
    const { signers } = examination;
    if (!signers.includes(this.#deps.guard.addressAmong(signers))) return undefined;
    const { signer, signature } = await this.#sign(examination);
    return { signer, signature };
  }

  async #gather(examination: Examination): Promise<QuorumAttestation> {
    const { payment, epoch, asOf, packed, quorum } = examination;
    const own = await this.#ownIfSigner(examination);
    const request = {
      terms: termsJson(termsFromText(payment.terms)),
      asOf: asOf.number,
      asOfHash: asOf.hash,
      epoch: epoch.address,
    };
    const gathered = await gather(examination, request, own, this.#deps.gathering);
    if (gathered.signatures.length < quorum) {
      const { signatures, differed, failures } = gathered;
      throw new OracleError("QUORUM_NOT_REACHED", `${signatures.length} of ${quorum} signatures`, {
        signatures: signatures.length,
        quorum,
        differed,
        failures,
      });
    }
    const attested = { asOf: asOf.number, asOfHash: asOf.hash, facts: packed };
    return { examination, gathered, attestation: packAttestation(attested, gathered.signatures) };
  }
}
