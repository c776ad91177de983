import type { Examination } from "../attest/examine.ts";
import type { ChainState } from "../chain/state.ts";
import { microOf, schemaOf } from "../chain/epochs.ts";
import { OracleError } from "../errors.ts";
import { completeFacts, computeFacts } from "../facts/facts.ts";
import type { FactSchema } from "../facts/schema.ts";
import { type Band, band } from "../model/bands.ts";
import { modelHash, type QuantisedModel } from "../model/network.ts";
import { score } from "../model/reference.ts";
import type { ShadowRow } from "../store/schema.ts";

/** A model that judges every payment beside the one in force, and decides nothing. */
export class Shadow {
  readonly hash: string;
  readonly #model: QuantisedModel;
  readonly #schema: FactSchema;

  /** @throws OracleError MODEL_UNKNOWN where this release cannot compute the model's facts. */
  constructor(model: QuantisedModel) {
    const schema = schemaOf(model.schemaHash);
    if (schema === undefined) {
      throw new OracleError("MODEL_UNKNOWN", `shadow model ${model.id} reads facts of another schema`, {
        id: model.id,
      });
    }
    this.hash = modelHash(model);
    this.#model = model;
    this.#schema = schema;
  }

  get id(): string {
    return this.#model.id;
  }

  /**
   * What the shadow says about a payment that was just examined. Its band is by score alone, under the thresholds that judge
   * the payment; it is set beside the band of the model in force found the same way.
   */
  judge({ payment, epoch, asOf, completed, score: currentScore }: Examination, state: ChainState): ShadowRow {
    const { holdAt, blockAt } = state.ruling(payment.block).entry.policy;
    const points = score(this.#model, this.#facts(payment, epoch, asOf, completed, state));
    const by = (value: number): Band => band(value, holdAt, blockAt);
    return {
      id: payment.id,
      as_of: asOf.number,
      model: this.hash,
      score: points,
      band: by(points),
      current_score: currentScore,
      current_band: by(currentScore),
    };
  }

  #facts(
    payment: Examination["payment"],
    epoch: Examination["epoch"],
    asOf: Examination["asOf"],
    completed: Int8Array,
    state: ChainState,
  ): Int8Array {
    if (epoch.engine?.schema.hash === this.#schema.hash) return completed;
    const micro = microOf(epoch.tokens, payment.token, BigInt(payment.amount));
    const at = { block: asOf.number, timestamp: asOf.timestamp };
    const facts = computeFacts(this.#schema, { ...payment, micro }, state.book.history(epoch.tokens), at);
    const [amountBucket = 0, tokenClass = 0, native = 0] = completed;
    return completeFacts(facts, { amountBucket, tokenClass, native: native === 1 });
  }
}
