import { AbiCoder, keccak256 } from "ethers";

/** A mapping of a contract: which storage slot it starts from, and what its keys are called. */
type Mapping = {
  readonly base: bigint;
  readonly name: string;
  readonly keys: readonly (readonly [string, string])[][];
};

const coder = AbiCoder.defaultAbiCoder();

/** Storage slot of a mapping's value, for one key or for two nested ones. */
function slotOf(base: bigint, keys: readonly string[]): string {
  return keys.reduce(
    (slot, key) => keccak256(coder.encode(["bytes32", "bytes32"], [word(key), slot])),
    coder.encode(["uint256"], [base]),
  );
}

function word(key: string): string {
  return `0x${BigInt(key).toString(16).padStart(64, "0")}`;
}

/** Every choice of one element from each list, in order. */
function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((chosen, list) => chosen.flatMap((head) => list.map((item) => [...head, item])), [[]]);
}

/** Names for slots as traces write them, `address:slot`. */
export class SlotNames {
  readonly #names = new Map<string, string>();
  readonly #contracts = new Map<string, string>();

  /** Names a contract and the slots of its mappings under all the given keys, each key as [value, name]. */
  add(address: string, contract: string, mappings: readonly Mapping[]): void {
    this.#contracts.set(address.toLowerCase(), contract);
    for (const { base, name, keys } of mappings) {
      for (const chosen of product(keys)) {
        const slot = slotOf(
          base,
          chosen.map(([value]) => value),
        );
        const labels = chosen.map(([, label]) => `[${label}]`).join("");
        this.#names.set(`${address.toLowerCase()}:${slot}`, `${contract}.${name}${labels}`);
      }
    }
  }

  /** The slot's name; the contract's where only that is known, and the slot itself where nothing is. */
  of(key: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const [address = "", slot = ""] = key.split(":");
    return `${this.#contracts.get(address) ?? address}:${slot.length > 20 ? `${slot.slice(0, 10)}…` : slot}`;
  }
}
