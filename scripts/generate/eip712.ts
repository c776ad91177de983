import { id } from "ethers";

import { definitions, type AstNode, type Compiled } from "./artifacts.ts";
import { parseNatSpec } from "./natspec.ts";

export type Eip712Type = { name: string; fields: { name: string; type: string }[]; typehash: string };
export type PackedLayout = { word: string; fields: { name: string; bits: number }[] }[];
export type EnumTable = { name: string; members: string[] }[];

/** The value of a string constant of a library. */
export function readString(compiled: Compiled, contract: string, constant: string): string {
  const value = constantOf(compiled, contract, constant);
  if (value.nodeType === "Literal" && typeof value.value === "string") return value.value;
  throw new Error(`${contract}.${constant} is no string literal`);
}

/** The EIP-712 type whose text a library hashes into its constant TYPEHASH. */
export function readTypehash(compiled: Compiled, library: string): Eip712Type {
  const text = constantOf(compiled, library, "TYPEHASH").arguments?.[0]?.value;
  const match = typeof text === "string" ? /^(\w+)\(([^()]+)\)$/.exec(text) : null;
  if (typeof text !== "string" || !match) throw new Error(`${library}.TYPEHASH is no keccak256 of one EIP-712 type`);
  const fields = (match[2] ?? "").split(",").map((field) => {
    const [type = "", name = ""] = field.split(" ");
    return { name, type };
  });
  return { name: match[1] ?? "", fields, typehash: id(text) };
}

/** Which bits hold which field, from the struct's documentation ("payer 160 | amount 96"), checked against the signed type. */
export function readLayout(compiled: Compiled, struct: string, types: Eip712Type[]): PackedLayout {
  const node = find(compiled, "StructDefinition", struct);
  const documented = parseNatSpec(node.documentation?.text).params;
  const layout = (node.members ?? []).map(({ name: word = "" }) => {
    const text = documented.get(word) ?? "";
    const fields = text.split("|").map((part) => {
      const words = part.trim().split(" ");
      return { name: words.length === 1 ? word : (words[0] ?? ""), bits: Number(words.at(-1)) };
    });
    const total = fields.reduce((sum, field) => sum + field.bits, 0);
    if (total !== 256) throw new Error(`${struct}.${word}: documented fields take ${total} bits, not 256: "${text}"`);
    return { word, fields };
  });
  checkFields(struct, layout, types);
  return layout;
}

export function readEnums(compiled: Compiled, names: string[]): EnumTable {
  return names.map((name) => {
    const node = find(compiled, "EnumDefinition", name);
    return { name, members: (node.members ?? []).map((member) => member.name ?? "") };
  });
}

function checkFields(struct: string, layout: PackedLayout, types: Eip712Type[]): void {
  const packed = new Map(layout.flatMap(({ fields }) => fields).map(({ name, bits }) => [name, bits]));
  packed.delete("spare");
  const signed = types.find(
    (type) => type.fields.length === packed.size && type.fields.every(({ name }) => packed.has(name)),
  );
  if (!signed) throw new Error(`${struct}: its fields ${[...packed.keys()].join(", ")} are those of no signed type`);
  for (const { name, type } of signed.fields) {
    if (packed.get(name) !== bitsOf(type))
      throw new Error(`${struct}.${name}: ${packed.get(name)} bits, signed as ${type}`);
  }
}

function bitsOf(type: string): number {
  if (type === "address") return 160;
  const digits = Number(/\d+$/.exec(type)?.[0]);
  return type.startsWith("bytes") ? digits * 8 : digits;
}

function constantOf(compiled: Compiled, contract: string, constant: string): AstNode {
  for (const { node, contract: owner } of definitions(compiled)) {
    const matches = node.nodeType === "VariableDeclaration" && node.name === constant && owner === contract;
    if (matches && typeof node.value === "object" && node.value !== null) return node.value;
  }
  throw new Error(`there is no constant ${contract}.${constant}`);
}

function find(compiled: Compiled, nodeType: string, name: string): AstNode {
  for (const { node, source } of definitions(compiled)) {
    if (node.nodeType === nodeType && node.name === name && source.startsWith("contracts/")) return node;
  }
  throw new Error(`there is no ${nodeType} ${name}`);
}
