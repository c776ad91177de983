/** Numbers of one kind in one piece. */
export type Values = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Says that arrays which lie in a snapshot may not be written to: whoever wants to, copies them first. */
export interface Hold {
  /** False once the snapshot is written or given up. */
  readonly active: boolean;
}

/**
 * Where the state of a history goes to or comes from. Each class describes itself once, for both directions: what a call
 * answers is what the state has to be from then on, so that writing and reading cannot drift apart.
 */
export interface Port {
  /** Whether state comes out of it. */
  readonly reading: boolean;
  number(value: number): number;
  text(value: string): string;
  /** Copies the values at once, or fills the array with what was written. */
  copied(values: Values): void;
  /**
   * Takes the array itself, which has to stay as it is while the hold is active, or fills it with what was written.
   * Undefined where nothing is held: the port reads.
   */
  held(values: Values): Hold | undefined;
}

/** A list of natural numbers, in place. */
export function persistNumbers(port: Port, list: number[]): void {
  const values = new Float64Array(port.number(list.length));
  if (!port.reading) values.set(list);
  port.copied(values);
  if (port.reading) for (const value of values) list.push(value);
}

/**
 * A map by natural numbers, in place and in its order.
 *
 * @param blank An empty value, for one that is read.
 * @param persist Writes or reads one value.
 */
export function persistMap<T>(
  port: Port,
  map: Map<number, T>,
  blank: () => T,
  persist: (value: T, port: Port) => T | void,
): void {
  const keys = [...map.keys()];
  persistNumbers(port, keys);
  for (const key of keys) {
    const value = map.get(key) ?? blank();
    map.set(key, persist(value, port) ?? value);
  }
}
