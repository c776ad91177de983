/** An amount of money that went from one account to another. Accounts are small whole numbers. */
export interface Movement {
  readonly from: number;
  readonly to: number;
  readonly amount: bigint;
  readonly time: number;
}

/** What counts as coming back. */
export interface Return {
  readonly hops: number;
  readonly shareBps: number;
  /** Accounts beside the payer's that are his by his own choice. */
  readonly own?: readonly number[];
}

type Edges = Map<number, Map<number, bigint>>;

function change(edges: Edges, from: number, to: number, by: bigint): void {
  const row = edges.get(from) ?? new Map<number, bigint>();
  const sum = (row.get(to) ?? 0n) + by;
  if (sum === 0n) row.delete(to);
  else row.set(to, sum);
  if (row.size === 0) edges.delete(from);
  else edges.set(from, row);
}

const NOBODY: ReadonlyMap<number, bigint> = new Map();

/** Who captured how much from whom since a moment. Movements come in the order of the chain. */
export class MoneyGraph {
  readonly #out: Edges = new Map();
  readonly #in: Edges = new Map();
  #movements: Movement[] = [];

  add(movement: Movement): void {
    // Money to oneself goes nowhere.
    if (movement.from === movement.to || movement.amount === 0n) return;
    this.#movements.push(movement);
    this.#change(movement, 1n);
  }

  /** Forgets movements of this second and before. */
  forgetUntil(second: number): void {
    const first = this.#movements.findIndex(({ time }) => time > second);
    const count = first < 0 ? this.#movements.length : first;
    for (const movement of this.#movements.slice(0, count)) this.#change(movement, -1n);
    this.#movements = this.#movements.slice(count);
  }

  #change({ from, to, amount }: Movement, sign: bigint): void {
    change(this.#out, from, to, sign * amount);
    change(this.#in, to, from, sign * amount);
  }

  between(from: number, to: number): bigint {
    return this.#out.get(from)?.get(to) ?? 0n;
  }

  /**
   * Whether so much of what `payer` paid to `payee` comes back to him over at most so many accounts: `hops` 1 is a payment straight
   * back. Parts that come back on different ways, or to different accounts of his own, add up, so splitting them hides nothing.
   * Ways are taken shortest first, to the payer himself before the others, and an edge carries no more than went over it.
   */
  returns(payer: number, payee: number, { hops, shareBps, own = [] }: Return): boolean {
    const sent = this.between(payer, payee);
    if (sent === 0n || hops === 0 || payer === payee) return false;
    if (own.includes(payee)) return true;
    const goal = (sent * BigInt(shareBps) + 9_999n) / 10_000n;
    const used: Edges = new Map();
    let returned = 0n;
    for (const end of new Set([payer, ...own])) {
      while (returned < goal) {
        const way = this.#way(payee, end, hops, used);
        if (way === undefined) break;
        returned += this.#carry(way, used);
      }
    }
    return returned >= goal;
  }

  /** Takes what the narrowest edge of a way still carries. */
  #carry(way: readonly number[], used: Edges): bigint {
    let narrowest: bigint | undefined;
    for (let step = 1; step < way.length; step++) {
      const left = this.#left(way[step - 1] ?? -1, way[step] ?? -1, used);
      if (narrowest === undefined || left < narrowest) narrowest = left;
    }
    const carried = narrowest ?? 0n;
    for (let step = 1; step < way.length; step++) change(used, way[step - 1] ?? -1, way[step] ?? -1, carried);
    return carried;
  }

  #left(from: number, to: number, used: Edges): bigint {
    return this.between(from, to) - (used.get(from)?.get(to) ?? 0n);
  }

  /** The shortest way of at most `hops` edges that still carry something, looked for from both ends, the smaller side first. */
  #way(from: number, to: number, hops: number, used: Edges): number[] | undefined {
    const forward = new Map<number, number>([[from, -1]]);
    const backward = new Map<number, number>([[to, -1]]);
    let [front, back] = [[from], [to]];
    for (let step = 0; step < hops && front.length > 0 && back.length > 0; step++) {
      const ahead = front.length <= back.length;
      const [seen, other] = ahead ? [forward, backward] : [backward, forward];
      const next: number[] = [];
      for (const at of ahead ? front : back) {
        for (const to of ((ahead ? this.#out : this.#in).get(at) ?? NOBODY).keys()) {
          if (seen.has(to) || this.#left(ahead ? at : to, ahead ? to : at, used) <= 0n) continue;
          seen.set(to, at);
          if (other.has(to)) return joined(forward, backward, to);
          next.push(to);
        }
      }
      if (ahead) front = next;
      else back = next;
    }
    return undefined;
  }
}

/** The way from the one end to the other over the account where the two searches met. */
function joined(forward: ReadonlyMap<number, number>, backward: ReadonlyMap<number, number>, met: number): number[] {
  const way: number[] = [];
  for (let at = met; at >= 0; at = forward.get(at) ?? -1) way.unshift(at);
  for (let at = backward.get(met) ?? -1; at >= 0; at = backward.get(at) ?? -1) way.push(at);
  return way;
}
