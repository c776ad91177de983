import { glob, readFile } from "node:fs/promises";

import { findingOf, type Finding } from "./parts.ts";

const files = [
  "{contracts,sdk,oracle,scripts,test,bench,deploy,docs}/**/*.{ts,mjs,sol,md,json}",
  "*.{md,ts,js,cjs,json}",
];
const notOurs = ["node_modules", "sdk/dist", "oracle/models", "oracle/samples", "package-lock.json"];

/** Built from parts, so that this file does not find itself. */
const rules: { pattern: RegExp; says: string; under: RegExp }[] = [
  {
    pattern: new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`),
    says: "unfinished",
    under: /./,
  },
  {
    pattern: new RegExp(`\\b(it|describe|context)\\.(${["on" + "ly", "sk" + "ip"].join("|")})\\(`),
    says: "a test left out",
    under: /^test\//,
  },
  {
    pattern: new RegExp(`(^|["'\`\\s(=])/(${["ho" + "me", "wo" + "rk", "ro" + "ot"].join("|")})/`),
    says: "a path of one machine",
    under: /./,
  },
];

/** Marks of unfinished work, focused or skipped tests, and paths that exist on one machine only. */
export async function checkLeftovers(root = "."): Promise<Finding> {
  const lines: string[] = [];
  for await (const file of glob(files, { cwd: root, exclude: (path) => notOurs.some((part) => path.includes(part)) })) {
    const text = await readFile(`${root}/${file}`, "utf8");
    for (const [index, line] of text.split("\n").entries()) {
      const broken = rules.filter(({ pattern, under }) => under.test(file) && pattern.test(line));
      lines.push(...broken.map(({ says }) => `${file}:${index + 1}: ${says}: ${line.trim().slice(0, 100)}`));
    }
  }
  return findingOf(lines.sort());
}
