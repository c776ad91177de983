import { expect } from "chai";
import { ESLint } from "eslint";

/** Rules are tried on text that stands in for a file the project has, because typed rules need one. */
const standIn = "scripts/generate/natspec.ts";
const eslint = new ESLint();

async function rulesBrokenBy(text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: standIn });
  return (result?.messages ?? []).map(({ ruleId }) => ruleId ?? "syntax");
}

describe("check: lint", () => {
  const refused: [what: string, rule: string, text: string][] = [
    ["an enum", "no-restricted-syntax", "export enum A { B }\n"],
    ["a namespace", "no-restricted-syntax", "export namespace A { export const b = 1; }\n"],
    ["a parameter property", "no-restricted-syntax", "export class A { constructor(readonly b: number) {} }\n"],
    ["any", "@typescript-eslint/no-explicit-any", "export const a = (b: any): void => void b;\n"],
    ["a cast without a reason", "sluice/cast-needs-reason", "export const a = JSON.parse('1') as number;\n"],
    ["a promise nobody waits for", "@typescript-eslint/no-floating-promises", "Promise.resolve(1);\n"],
    ["an unused variable", "@typescript-eslint/no-unused-vars", "const a = 1;\n"],
    ["a file of 401 lines", "max-lines", "export {};\n".repeat(401)],
    ["a function of 61 lines", "max-lines-per-function", `export function a() {\n${"void 0;\n".repeat(60)}}\n`],
  ];
  for (const [what, rule, text] of refused) {
    it(`refuses ${what}`, async () => {
      expect(await rulesBrokenBy(text)).to.include(rule);
    });
  }

  it("takes a cast whose reason stands beside it, and const assertions", async () => {
    const text = "export const a = JSON.parse('1') as number; // a literal\nexport const b = [1] as const;\n";
    expect(await rulesBrokenBy(text)).to.deep.equal([]);
  });
});
