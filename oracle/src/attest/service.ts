import { packAttestationBatch, type Terms } from "@sluice/sdk";

import { termsFromText } from "../chain/terms.ts";
import { OracleError } from "../errors.ts";
import { ballotDigest, statementOf, type Ballot } from "./ballot.ts";
import { examineBatch, type BatchItem } from "./captureBatches.ts";
import { examineChannels, type ChannelDeps, type ChannelFinding, type ChannelQuestion } from "./channelBatches.ts";
import { examineCharge, type ChargeDeps, type ChargeFinding, type ChargeQuestion } from "./charges.ts";
import { examine, type Examination } from "./examine.ts";
import type { AsOfRequest, Finding } from "./finding.ts";
import { gather, type OwnVoice, type GatherOptions, type Gathered } from "./gather.ts";
import type { Guard } from "./guard.ts";
import { packedAttestation } from "./packed.ts";
import { examinePayList, type PayListFinding, type PayListQuestion } from "./payLists.ts";

/** What this node has signed: one finding, or a list of them under one signature. */
export interface OwnAttestation {
  readonly findings: readonly Finding[];
  readonly batch: boolean;
  readonly signer: string;
  readonly signature: string;
}

/** A finding that a quorum has signed, ready for the chain. */
export interface QuorumAttestation<F extends Finding = Examination> {
  readonly examination: F;
  readonly gathered: Gathered;
  /** Packed for the chain, 0x text. */
  readonly attestation: string;
}

/** Payments that a quorum has signed together, ready for `captureMany`. */
export interface QuorumBatch {
  readonly examinations: readonly Examination[];
  readonly quorum: number;
  readonly gathered: Gathered;
  readonly attestation: string;
}

export interface ServiceDeps extends ChargeDeps, ChannelDeps {
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

/** Paths that coordinators ask peers on. */
const SINGLE_PATH = "/v1/peer/attestations";
const BATCH_PATH = "/v1/peer/batches";

/** Values as JSON carries them: whole numbers beyond 2^53 as decimal text. */
export function termsJson(terms: Readonly<Record<string, unknown>> | Terms): Record<string, unknown> {
  const entries = Object.entries(terms).map(([name, value]): [string, unknown] => [
    name,
    typeof value === "bigint" ? value.toString() : value,
  ]);
  return Object.fromEntries(entries);
}

function asOfJson({ asOf, epoch }: Finding): object {
  return { asOf: asOf.number, asOfHash: asOf.hash, epoch: epoch.address };
}

/** Signers that count for every finding: each payment counts those that its own policy entry left. */
function commonSigners([first, ...rest]: readonly Finding[]): string[] {
  return (first?.signers ?? []).filter((signer) => rest.every((one) => one.signers.includes(signer)));
}

/** What a quorum is asked; how peers are asked is made where one has to be. */
type Question = Omit<Ballot, "body">;

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
    return this.#looking(() => examine(this.#deps, id, request));
  }

  /** This node's signature about a payment in escrow, for whoever coordinates. */
  async own(id: string, request?: AsOfRequest): Promise<OwnAttestation> {
    return this.#sign([await this.examine(id, request).catch(this.#refuse)], false);
  }

  /** This node's signature about a payment that is to be charged. */
  async ownCharge(charge: ChargeQuestion, request: AsOfRequest): Promise<OwnAttestation> {
    const found = await this.#looking(() => examineCharge(this.#deps, charge, request)).catch(this.#refuse);
    return this.#sign([found], false);
  }

  /** This node's one signature about many payments in escrow. */
  async ownBatch(items: readonly BatchItem[]): Promise<OwnAttestation> {
    const found = await this.#looking(() => examineBatch(this.#deps, items)).catch(this.#refuse);
    return this.#sign(found, true);
  }

  /** This node's signature about vouchers that are to be redeemed together. */
  async ownChannels(question: ChannelQuestion, request: AsOfRequest): Promise<OwnAttestation> {
    const found = await this.#looking(() => examineChannels(this.#deps, question, request)).catch(this.#refuse);
    return this.#sign([found], false);
  }

  /** This node's signature about what one account is to pay to many. */
  async ownPayList(question: PayListQuestion, request: AsOfRequest): Promise<OwnAttestation> {
    const found = await this.#looking(() => examinePayList(this.#deps, question, request)).catch(this.#refuse);
    return this.#sign([found], false);
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
    const { terms } = examination.payment;
    const body = (): object => ({ terms: termsJson(termsFromText(terms)), ...asOfJson(examination) });
    const run = this.#single(examination, SINGLE_PATH, body).finally(() => this.#running.delete(key));
    this.#running.set(key, run);
    const made = await run;
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, made);
    return made;
  }

  /** A quorum's attestation about a payment that is to be charged in the next blocks. */
  async quorumCharge(charge: ChargeQuestion): Promise<QuorumAttestation<ChargeFinding>> {
    // The block follows from the head, so the head must be the chain's: an older block's facts the escrow would refuse.
    await this.#deps.nudge();
    const found = await this.#looking(() => examineCharge(this.#deps, charge));
    const { terms, collection, payerSignature } = charge;
    const body = { for: "charge", terms: termsJson(terms), collection, payerSignature, ...asOfJson(found) };
    return this.#single(found, SINGLE_PATH, () => body);
  }

  /** One quorum's signatures about many payments in escrow, in their order. */
  async quorumBatch(ids: readonly string[]): Promise<QuorumBatch> {
    const examinations = await this.#looking(() =>
      examineBatch(
        this.#deps,
        ids.map((id) => ({ id })),
      ),
    );
    const [first] = examinations;
    if (first === undefined) throw new OracleError("INVALID_REQUEST", "items: a batch has at least one payment");
    const items = examinations.map(({ subject, asOf }) => ({ id: subject, asOf: asOf.number, asOfHash: asOf.hash }));
    const signers = commonSigners(examinations);
    const question: Question = {
      ...{ epoch: first.epoch, statements: examinations.map(statementOf), batch: true, signers },
      quorum: Math.max(...examinations.map((one) => one.quorum)),
      path: BATCH_PATH,
    };
    const body = { for: "captures", epoch: first.epoch.address, items };
    const gathered = await this.#gather(question, examinations, () => body);
    const heads = question.statements.map(({ asOf, asOfHash, facts }) => ({ asOf, asOfHash, facts }));
    const attestation = packAttestationBatch(heads, gathered.signatures);
    return { examinations, quorum: question.quorum, gathered, attestation };
  }

  /** A quorum's attestation about vouchers that are to be redeemed together in the next blocks. */
  async quorumChannels(question: ChannelQuestion): Promise<QuorumAttestation<ChannelFinding>> {
    await this.#deps.nudge(); // as for a charge
    const found = await this.#looking(() => examineChannels(this.#deps, question));
    const rows = question.rows.map(({ terms, cumulative }) => termsJson({ ...terms, cumulative }));
    return this.#single(found, BATCH_PATH, () => ({ for: "channels", rows, ...asOfJson(found) }));
  }

  /** A quorum's attestation about what one account is to pay to many in the next blocks. */
  async quorumPayList(question: PayListQuestion): Promise<QuorumAttestation<PayListFinding>> {
    await this.#deps.nudge(); // as for a charge
    const found = await this.#looking(() => examinePayList(this.#deps, question));
    const header = termsJson({ ...question.header });
    const rows = question.rows.map((row) => termsJson({ ...row }));
    return this.#single(found, BATCH_PATH, () => ({ for: "payMany", ...header, rows, ...asOfJson(found) }));
  }

  async #looking<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof OracleError) || !CURED_BY_LOOKING.has(error.code)) throw error;
    }
    await this.#deps.nudge();
    return task();
  }

  /** Counts a refusal on its way to whoever asked. */
  readonly #refuse = (error: unknown): never => {
    if (error instanceof OracleError) this.#deps.onRefused?.(error.code);
    throw error;
  };

  async #sign(findings: readonly Finding[], batch: boolean): Promise<OwnAttestation> {
    const { guard, onSigned } = this.#deps;
    const [first] = findings;
    if (first === undefined) throw new OracleError("INVALID_REQUEST", "items: a batch has at least one payment");
    const statements = findings.map(statementOf);
    const digest = ballotDigest(statements, batch, first.epoch);
    const requests = statements.map((statement) => ({ ...statement, epoch: first.epoch.address }));
    const [request] = requests;
    const signers = commonSigners(findings);
    const signing =
      batch || request === undefined
        ? guard.signBatch(requests, digest, signers)
        : guard.sign(request, digest, signers);
    const signature = await signing.catch(this.#refuse);
    onSigned?.();
    return { findings, batch, signer: guard.addressAmong(signers), signature };
  }

  async #single<F extends Finding>(found: F, path: string, body: () => object): Promise<QuorumAttestation<F>> {
    const { epoch, quorum, signers } = found;
    const statement = statementOf(found);
    const question = { epoch, statements: [statement], batch: false, quorum, signers, path };
    const gathered = await this.#gather(question, [found], body);
    return { examination: found, gathered, attestation: packedAttestation(statement, gathered.signatures) };
  }

  /** This node's own signature, begun; undefined where it is no signer of the epoch that counts. */
  #ownIfSigner(ballot: Question, findings: readonly Finding[]): OwnVoice | undefined {
    const signer = this.#deps.guard.addressAmong(ballot.signers);
    if (!ballot.signers.includes(signer)) return undefined;
    const signing = this.#sign(findings, ballot.batch).then(({ signature }) => ({ signer, signature }));
    // Whoever waits for it is told; where asking peers fails first, nobody waits.
    signing.catch(() => undefined);
    return { signer, signing };
  }

  /** @param body What peers are asked with; made only where one has to be asked. */
  async #gather(question: Question, findings: readonly Finding[], body: () => object): Promise<Gathered> {
    const { quorum } = question;
    const own = this.#ownIfSigner(question, findings);
    if (own !== undefined && quorum === 1) return { signatures: [await own.signing], differed: [], failures: [] };
    const gathered = await gather({ ...question, body: body() }, own, this.#deps.gathering);
    const { signatures, differed, failures } = gathered;
    if (signatures.length >= quorum) return gathered;
    throw new OracleError("QUORUM_NOT_REACHED", `${signatures.length} of ${quorum} signatures`, {
      signatures: signatures.length,
      quorum,
      differed,
      failures,
    });
  }
}
