import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";

const FACTS = join(import.meta.dirname, "../../oracle/src/facts");
const CHAIN = join(import.meta.dirname, "../../oracle/src/chain");
/** What a snapshot consists of. */
const ROOT = "Fold";

function classesOf(text: string): ts.ClassDeclaration[] {
  const file = ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest, true);
  return file.statements.filter(ts.isClassDeclaration);
}

function sources(): Map<string, ts.ClassDeclaration> {
  const files = [
    ...readdirSync(FACTS).map((name) => join(FACTS, name)),
    ...["fold.ts", "arbiters.ts"].map((name) => join(CHAIN, name)),
  ];
  const classes = files.filter((path) => path.endsWith(".ts")).flatMap((path) => classesOf(readFileSync(path, "utf8")));
  return new Map(classes.map((one) => [one.name?.text ?? "", one]));
}

function constructorOf(one: ts.ClassDeclaration): ts.ConstructorDeclaration | undefined {
  return one.members.find(ts.isConstructorDeclaration);
}

/** Fields that a constructor takes over as they were given: the class they belong to persists them. */
function given(one: ts.ClassDeclaration): Set<string> {
  const names = new Set(constructorOf(one)?.parameters.map(({ name }) => name.getText()) ?? []);
  const found =
    constructorOf(one)
      ?.body?.getText()
      .matchAll(/this\.(#?\w+) = (\w+);/g) ?? [];
  return new Set([...found].filter(([, , value]) => names.has(value ?? "")).map(([, field]) => field ?? ""));
}

/** Fields of a class that neither `persist` names nor a comment exempts. */
function forgotten(one: ts.ClassDeclaration): string[] {
  const persist = one.members.filter(ts.isMethodDeclaration).find(({ name }) => name.getText() === "persist");
  if (persist === undefined) return [`${one.name?.text} has no persist`];
  const body = persist.body?.getText() ?? "";
  const fromOutside = given(one);
  return one.members.filter(ts.isPropertyDeclaration).flatMap((field) => {
    const name = field.name.getText();
    // A column of a pool is the pool's.
    const isAlias = /^this\.#\w+\.column\(\d+\)$/.test(field.initializer?.getText() ?? "");
    const isExempt = field.getFullText().includes("Not persisted: ");
    const isNamed = new RegExp(`this\\.${name}\\b`).test(body);
    return isNamed || isAlias || isExempt || fromOutside.has(name) ? [] : [`${one.name?.text}.${name}`];
  });
}

/** Classes of which a class holds instances: in its fields, their types, or in what it makes. */
function parts(one: ts.ClassDeclaration, known: ReadonlyMap<string, unknown>): string[] {
  const fields = one.members.filter(ts.isPropertyDeclaration).map((field) => field.getText());
  const made = one.getText().matchAll(/new ([A-Z]\w+)\(/g);
  const named = [...fields.join("\n").matchAll(/\b([A-Z]\w+)\b/g), ...made].map(([, name]) => name ?? "");
  return named.filter((name) => known.has(name) && !/Error$|View$/.test(name));
}

describe("model: a snapshot of history", () => {
  const classes = sources();

  it("holds every field of every class that a history is made of", () => {
    const reached = new Set([ROOT]);
    for (const name of reached) {
      const one = classes.get(name);
      if (one !== undefined) for (const part of parts(one, classes)) reached.add(part);
    }
    expect([...reached]).to.include.members([
      "Column",
      "Interner",
      "RankTree",
      "Marks",
      "Switches",
      "Arbiters",
      "Flows",
    ]);
    expect([...reached].flatMap((name) => forgotten(classes.get(name) ?? expect.fail(name)))).to.deep.equal([]);
  });

  it("would miss a field that nobody thought of", () => {
    const [one, other] = classesOf(`
      class One { #a = 1; #b = 2; /** Not persisted: a cache. */ #c = 3; persist(port) { this.#a = port.number(this.#a); } }
      class Other { readonly #given; #own; constructor(given) { this.#given = given; this.#own = new Map(); } persist() {} }`);
    if (one === undefined || other === undefined) throw new Error("the classes were not found");
    expect(forgotten(one)).to.deep.equal(["One.#b"]);
    expect(forgotten(other)).to.deep.equal(["Other.#own"]);
  });
});
