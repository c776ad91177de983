export const NONE = 0;
export const ALLOW = 1;
export const HOLD = 2;
export const BLOCK = 3;
export type Band = 0 | 1 | 2 | 3;

/** A voted policy and the epoch that came with it, in force for payments of `fromBlock` and later. */
export type Rule = {
  fromBlock: number;
  epoch: number;
  holdAt: number;
  blockAt: number;
  protocolFeeBps: number;
  refreshLog2: number;
  holdDelay: number;
  grace: number;
  appealDelay: number;
  silenceDelay: number;
  silenceCap: bigint;
  chargeCap: bigint;
  channelCap: bigint;
  stride: number;
  auditShare: number;
};

export type Gate = { rules: Rule[]; revoked: Set<number>; reviewers: Set<string> };

/** How an attestation was made; everything but "good" is refused where it is looked at. */
export type Making = "good" | "tooFew" | "stranger" | "oneStranger" | "stale" | "otherHash" | "torn";

/** What the model knows of an attestation: who made it of what for which epoch, as of which block. */
export type Attested = { making: Making; score: number; asOf: number; epoch: number };

export type Verdict = { score: number; band: Band; feeBps: number; refreshed: boolean; rule: Rule };

/** Amount and whether the token is listed: what an epoch knows of a payment. */
export type Value = { micro: bigint; listed: boolean };

export function vote(gate: Gate, rule: Rule): void {
  const current = gate.rules.at(-1);
  if (current?.fromBlock === rule.fromBlock) gate.rules.pop();
  gate.rules.push(rule);
}

/** The rule as it was voted for the block. */
export function storedAt(gate: Gate, block: number): Rule {
  const found = gate.rules.findLast(({ fromBlock }) => fromBlock <= block);
  if (found === undefined) throw new Error(`no rule was in force in block ${block}`);
  return found;
}

/** The rule that judges payments of the block: the current one where the epoch of theirs was revoked. */
export function ruleAt(gate: Gate, block: number): Rule | undefined {
  const stored = storedAt(gate, block);
  if (!gate.revoked.has(stored.epoch)) return stored;
  const current = gate.rules.at(-1);
  return current === undefined || gate.revoked.has(current.epoch) ? undefined : current;
}

/** The block as of which a payment must be judged in block `now`. */
export function asOfFor(rule: Rule, block: number, now: number): number {
  const span = 2 ** rule.refreshLog2;
  return block + Math.floor(Math.max(0, now - 1 - block) / span) * span;
}

export function chargeAsOf(rule: Rule, now: number): number {
  return Math.floor((now - 1) / rule.stride) * rule.stride;
}

/** Why signatures do not count, if they do not. */
export function signatureProblem(attested: Attested): string | undefined {
  if (attested.making === "tooFew") return "QuorumNotMet";
  return attested.making === "stranger" ? "NotASigner" : undefined;
}

/** What the score and the rule make of a payment. */
export function decide(rule: Rule, value: Value, score: number, refreshed: boolean): Verdict {
  const capped = Math.min(score, 10_000);
  let band: Band = capped >= rule.holdAt || !value.listed ? HOLD : ALLOW;
  if (capped >= rule.blockAt && !refreshed) band = BLOCK;
  return { score: capped, band, feeBps: rule.protocolFeeBps, refreshed, rule };
}

/** The gate's answer about a payment of `block`, asked in block `now`. */
export function judge(gate: Gate, value: Value, block: number, now: number, attested: Attested): Verdict | string {
  const rule = ruleAt(gate, block);
  if (rule === undefined) return "EpochIsRevoked";
  if (block >= now) return "AsOfNotPast";
  if (attested.making === "torn") return "AttestationLength";
  if (attested.asOf !== asOfFor(rule, block, now)) return "WrongAsOf";
  if (attested.making === "otherHash") return "WrongAsOfHash";
  return signatureProblem(attested) ?? decide(rule, value, attested.score, attested.asOf !== block);
}

/** The gate's answer about a payment that does not exist yet. */
export function judgeCharge(gate: Gate, value: Value, now: number, attested: Attested): Verdict | string {
  const rule = ruleAt(gate, now);
  if (rule === undefined) return "EpochIsRevoked";
  if (attested.making === "torn") return "AttestationLength";
  if (attested.asOf !== chargeAsOf(rule, now)) return "WrongAsOf";
  if (attested.making === "otherHash") return "WrongAsOfHash";
  const problem = signatureProblem(attested);
  if (problem !== undefined) return problem;
  if (value.listed && value.micro > rule.chargeCap) return "ChargeAboveCap";
  return decide(rule, value, attested.score, false);
}

/** What one signer's facts make of an Allow. */
export function contest(gate: Gate, value: Value, block: number, now: number, attested: Attested): Verdict | string {
  if (attested.making === "torn") return "AttestationLength";
  if (attested.making !== "tooFew" && attested.making !== "oneStranger") return "NotOneSignature"; // two have signed
  const rule = ruleAt(gate, block);
  if (rule === undefined) return "EpochIsRevoked";
  if (block >= now) return "AsOfNotPast";
  const span = 2 ** rule.refreshLog2;
  const newest = asOfFor(rule, block, now);
  if (attested.asOf < block || attested.asOf > newest || (attested.asOf - block) % span !== 0) return "WrongAsOf";
  if (attested.making === "oneStranger") return "NotASigner";
  const score = Math.min(attested.score, 10_000);
  const band = score >= rule.holdAt || !value.listed ? HOLD : ALLOW;
  return { score, band, feeBps: 0, refreshed: true, rule };
}

/** What a later vote makes of an Allow. */
export function reassess(gate: Gate, block: number, now: number, score: number): Verdict | string {
  const current = ruleAt(gate, now);
  if (current === undefined) return "EpochIsRevoked";
  const band = score >= current.holdAt ? HOLD : ALLOW;
  return { score, band, feeBps: 0, refreshed: true, rule: storedAt(gate, block) };
}
