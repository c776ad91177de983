/** Which payments to look at again, and at which block: those whose facts are renewed there. */
export class Refreshes {
  readonly #due = new Map<string, number>();
  readonly #blocks = new Map<number, Set<string>>();
  #next = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#due.size;
  }

  /** Looks at a payment again at this block, and no longer at an earlier one. */
  set(id: string, block: number): void {
    this.delete(id);
    this.#due.set(id, block);
    const ids = this.#blocks.get(block) ?? new Set();
    this.#blocks.set(block, ids.add(id));
    this.#next = Math.min(this.#next, block);
  }

  delete(id: string): void {
    const block = this.#due.get(id);
    if (block === undefined) return;
    this.#due.delete(id);
    const ids = this.#blocks.get(block);
    ids?.delete(id);
    if (ids?.size === 0) this.#blocks.delete(block);
  }

  /** Takes the payments out whose block has been reached. */
  take(head: number): string[] {
    if (head < this.#next) return [];
    const ids: string[] = [];
    for (const [block, members] of this.#blocks) if (block <= head) ids.push(...members);
    for (const id of ids) this.delete(id);
    this.#next = Number.POSITIVE_INFINITY;
    for (const block of this.#blocks.keys()) this.#next = Math.min(this.#next, block);
    return ids;
  }
}
