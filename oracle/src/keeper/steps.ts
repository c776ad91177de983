/** What a job wants done, by the contract's function; arguments beside the terms. */
export interface Act {
  readonly kind: "act";
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Nothing can be done before this second of the chain's clock; without one, before something else happens. */
export interface Wait {
  readonly kind: "wait";
  readonly until?: number;
}

/** Nothing will ever have to be done. */
export interface Over {
  readonly kind: "over";
  readonly why: string;
}

/** What a job makes of a state and the time of the newest block. Every job is one pure function that answers this. */
export type Step = Act | Wait | Over;

export function act(method: string, ...args: readonly unknown[]): Act {
  return { kind: "act", method, args };
}

export function wait(until?: number): Wait {
  return until === undefined ? { kind: "wait" } : { kind: "wait", until };
}

export function over(why: string): Over {
  return { kind: "over", why };
}
