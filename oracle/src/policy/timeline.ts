/** The parameters a node needs; the gate has more. */
export interface Policy {
  readonly holdAt: number;
  readonly blockAt: number;
  readonly refreshLog2: number;
  /** Share of payments held although they would be allowed, in 1/10,000. */
  readonly auditShare: number;
  /** Blocks between the points at which facts of charges and channel batches are read. */
  readonly stride: number;
  /** Largest amount of a charge, in micro-units. */
  readonly chargeCap: number;
}

/** What the gate said, in order of (block, log index). Addresses are lower-case. */
export type GateEvent =
  | {
      readonly kind: "policySet";
      readonly block: number;
      readonly fromBlock: number;
      readonly epoch: string;
      readonly policy: Policy;
    }
  | { readonly kind: "epochRevoked"; readonly block: number; readonly epoch: string }
  | { readonly kind: "signersDisabled"; readonly block: number; readonly epoch: string; readonly mask: number };

/** Policy and epoch for payments authorized in `fromBlock` or later. */
export interface PolicyEntry {
  readonly fromBlock: number;
  readonly epoch: string;
  readonly policy: Policy;
  readonly revoked: boolean;
  /** Bit i: signer i of the epoch does not count. */
  readonly disabledSigners: number;
  /** Set by a guardian for some blocks, not by a vote. */
  readonly tightened: boolean;
}

/** What judges a payment: an entry, or the reason why there is none. */
export type Ruling = PolicyEntry | "before-first" | "revoked";

function withPolicy(entries: readonly PolicyEntry[], event: GateEvent & { kind: "policySet" }): PolicyEntry[] {
  // What was revoked or disabled stays so, however often its epoch is set again.
  const earlier = entries.filter((entry) => entry.epoch === event.epoch);
  const entry: PolicyEntry = {
    fromBlock: event.fromBlock,
    epoch: event.epoch,
    policy: event.policy,
    revoked: earlier.some((other) => other.revoked),
    disabledSigners: earlier.reduce((mask, other) => mask | other.disabledSigners, 0),
    tightened: false,
  };
  // What never comes into force is replaced: a second change in the same block, and a policy that was to return later.
  const before = entries.filter((other) => other.fromBlock < event.fromBlock);
  const tightened = event.fromBlock > event.block + 1;
  const last = before.at(-1);
  return tightened && last !== undefined ? [...before.slice(0, -1), { ...last, tightened }, entry] : [...before, entry];
}

function folded(entries: readonly PolicyEntry[], event: GateEvent): PolicyEntry[] {
  if (event.kind === "policySet") return withPolicy(entries, event);
  return entries.map((entry) => {
    if (entry.epoch !== event.epoch) return entry;
    if (event.kind === "epochRevoked") return { ...entry, revoked: true };
    return { ...entry, disabledSigners: entry.disabledSigners | event.mask };
  });
}

/** The gate's policies as its events tell them: the same answers as `gate.policyAt`, without asking the chain. */
export class PolicyTimeline {
  #events: GateEvent[] = [];
  #entries: PolicyEntry[] = [];

  append(event: GateEvent): void {
    this.#events.push(event);
    this.#entries = folded(this.#entries, event);
  }

  rollbackTo(block: number): void {
    const kept = this.#events.filter((event) => event.block <= block);
    if (kept.length === this.#events.length) return;
    this.#events = kept;
    this.#entries = kept.reduce<PolicyEntry[]>(folded, []);
  }

  /** The newest entry, whatever its state. */
  current(): PolicyEntry | undefined {
    return this.#entries.at(-1);
  }

  /** Every entry, oldest first. */
  entries(): readonly PolicyEntry[] {
    return this.#entries;
  }

  /** Addresses of all epochs ever set. */
  epochs(): string[] {
    return [...new Set(this.#entries.map((entry) => entry.epoch))];
  }

  /** Entry that judges payments of a block; the current one where theirs was revoked. */
  at(authorizedBlock: number): Ruling {
    const current = this.#entries.at(-1);
    const entry = this.#entries.findLast((candidate) => candidate.fromBlock <= authorizedBlock);
    if (current === undefined || entry === undefined) return "before-first";
    if (!entry.revoked) return entry;
    return current.revoked ? "revoked" : current;
  }

  /** Entry that judges channel batches of a block: a guardian's tightening is looked through. */
  votedAt(block: number): Ruling {
    const ruling = this.at(block);
    if (typeof ruling === "string" || !ruling.tightened) return ruling;
    return this.#entries.at(-1) ?? ruling;
  }
}
