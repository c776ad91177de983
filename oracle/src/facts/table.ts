import { CATALOGUE } from "./catalogue.ts";
import type { FactSchema, SchemaSlot } from "./schema.ts";

function quantiserText(slot: SchemaSlot): string {
  const factor =
    slot.num === 1 && slot.den === 1 ? "v" : slot.den === 1 ? `${slot.num}·v` : `⌊${slot.num}·v/${slot.den}⌋`;
  const offset = slot.offset === 0 ? "" : slot.offset > 0 ? ` + ${slot.offset}` : ` − ${-slot.offset}`;
  return `${factor}${offset}`;
}

/** The catalogue as a table: the slots of a schema in order, then the facts it does not choose. */
export function factsTable(schema: FactSchema): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const chosen = schema.slots.map((slot, index) => {
    const definition = schema.definitions[index];
    const { unit = "", window = "", description = "" } = definition ?? {};
    return row([String(index), `\`${slot.fact}\``, description, window, unit, quantiserText(slot)]);
  });
  const names = new Set(schema.slots.map((slot) => slot.fact));
  const others = CATALOGUE.filter((definition) => !names.has(definition.name)).map(
    ({ name, description, window, unit }) => row(["–", `\`${name}\``, description, window, unit, "–"]),
  );
  return [
    row(["slot", "fact", "what it is", "window", "unit of v", "byte"]),
    row(["---", "---", "---", "---", "---", "---"]),
    ...chosen,
    ...others,
  ].join("\n");
}
