import ts from "typescript";

/** A field of JSON: where it stands, what it is and whether it may be absent. */
export type WireField = { path: string; type: string; optional: boolean; meaning: string };

/**
 * The fields of types that are written down in TypeScript, with the comments that stand there.
 * @throws Error naming a field that has no comment
 */
export function wireFields(file: string, names: readonly string[]): Map<string, WireField[]> {
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, strict: true, noEmit: true };
  const compiled = ts.createProgram([file], {
    ...options,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: [],
  });
  const checker = compiled.getTypeChecker();
  const source = compiled.getSourceFile(file);
  const declared = source && checker.getSymbolAtLocation(source);
  const exported = declared === undefined ? [] : checker.getExportsOfModule(declared);
  return new Map(
    names.map((name) => {
      const symbol = exported.find((one) => one.name === name);
      if (symbol === undefined) throw new Error(`${file} exports no ${name}`);
      return [name, fieldsOf(checker, checker.getDeclaredTypeOfSymbol(symbol), "")];
    }),
  );
}

function fieldsOf(checker: ts.TypeChecker, type: ts.Type, before: string): WireField[] {
  const parts = type.isUnion() ? type.types : [type];
  return parts.flatMap((part) => part.getProperties().flatMap((property) => fieldOf(checker, property, before)));
}

function fieldOf(checker: ts.TypeChecker, property: ts.Symbol, before: string): WireField[] {
  const path = `${before}${property.name}`;
  const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(property));
  const meaning = ts.displayPartsToString(property.getDocumentationComment(checker)).replaceAll("\n", " ");
  const [element] = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference) : []; // an array's type has one
  const inner = element ?? type;
  const below = isObject(inner) ? fieldsOf(checker, inner, `${path}${element ? "[]" : ""}.`) : [];
  if (meaning === "" && below.length === 0) throw new Error(`${path}: a field of the wire without a comment`);
  const name = isObject(inner) ? "object" : typeName(checker, inner);
  return [{ path, type: element ? `list of ${name}` : name, optional, meaning }, ...below];
}

function isObject(type: ts.Type): boolean {
  const parts = type.isUnion() ? type.types : [type];
  return parts.every((part) => (part.flags & ts.TypeFlags.Object) !== 0);
}

function typeName(checker: ts.TypeChecker, type: ts.Type): string {
  const literals = type.isUnion() && type.types.every((part) => part.isStringLiteral());
  if (literals && type.types.length > 4) return "code";
  const text = checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias);
  return text === "string" ? "text" : text;
}
