import { EventFragment, ErrorFragment } from "ethers";

import { compare, definitions, type AbiEntry, type AbiParameter, type Compiled } from "./artifacts.ts";
import { parseNatSpec, sentenceFromName, type NatSpec } from "./natspec.ts";

export type TableArgument = { name: string; type: string; indexed?: boolean };
export type TableRow = {
  selector: string;
  name: string;
  contract: string;
  args: TableArgument[];
  notice: string;
  natspec: NatSpec;
};

type Declaration = { contract: string; documentation: string | undefined };

/** Every error a deployed contract can raise, by declaring contract and name. */
export function collectErrors(compiled: Compiled): TableRow[] {
  return collect(compiled, "error", (entry) => ErrorFragment.from(entry).selector);
}

/** Every event a deployed contract can emit, by declaring contract and name. */
export function collectEvents(compiled: Compiled): TableRow[] {
  return collect(compiled, "event", (entry) => EventFragment.from(entry).topicHash);
}

/** Mocks play attackers; the local token is the one of them that people use. */
export function isProduct(contract: { name: string; source: string }): boolean {
  return !contract.source.startsWith("contracts/mocks/") || contract.name === "LocalToken";
}

function collect(compiled: Compiled, kind: "error" | "event", selectorOf: (entry: AbiEntry) => string): TableRow[] {
  const declared = declarations(compiled);
  const rows = new Map<string, TableRow>();
  for (const contract of compiled.contracts.filter(isProduct)) {
    for (const entry of contract.abi.filter(({ type }) => type === kind)) {
      const selector = selectorOf(entry);
      if (rows.has(selector)) continue;
      const declaration = declared.get(selector) ?? { contract: contract.name, documentation: undefined };
      const natspec = parseNatSpec(declaration.documentation);
      rows.set(selector, {
        selector,
        name: entry.name ?? "",
        contract: declaration.contract,
        args: (entry.inputs ?? []).map(argumentOf),
        notice: natspec.notice || sentenceFromName(entry.name ?? ""),
        natspec,
      });
    }
  }
  return [...rows.values()].sort((a, b) => compare(a.contract, b.contract) || compare(a.name, b.name));
}

function declarations(compiled: Compiled): Map<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const { node, contract } of definitions(compiled)) {
    const selector = node.errorSelector ?? node.eventSelector;
    if (selector === undefined) continue;
    // Declared twice: the first counts, unless only a later one says what it means.
    const known = found.get(`0x${selector}`);
    const documentation = node.documentation?.text;
    if (known === undefined || (known.documentation === undefined && documentation !== undefined)) {
      found.set(`0x${selector}`, { contract, documentation });
    }
  }
  return found;
}

function argumentOf(parameter: AbiParameter): TableArgument {
  const type = typeOf(parameter);
  return parameter.indexed ? { name: parameter.name, type, indexed: true } : { name: parameter.name, type };
}

/** Canonical ABI type; structs written out with the names of their members, as ethers reads them. */
function typeOf(parameter: AbiParameter): string {
  if (!parameter.type.startsWith("tuple")) return parameter.type;
  const members = (parameter.components ?? []).map((member) => `${typeOf(member)} ${member.name}`);
  return `tuple(${members.join(", ")})${parameter.type.slice("tuple".length)}`;
}
