// Starts everything in package.json's scripts. Plain JavaScript that Node 18 can read, so that an old Node gets an answer.
//   node scripts/launch.mjs [--compile] FILE [arguments]      runs a TypeScript file in this process
//   node scripts/launch.mjs hardhat|prettier [arguments]      runs the tool from node_modules
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const neededMajor = 24;
const tools = { hardhat: "hardhat/dist/src/cli.js", prettier: "prettier/bin/prettier.cjs" };

function checkNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= neededMajor) return;
  console.error(`Sluice needs Node ${neededMajor} or newer; this is ${process.versions.node} (${process.execPath}).
On Linux x64 \`npm ci\` puts Node ${neededMajor} into node_modules/.bin and \`npm run\` uses it: install without --omit=optional and
start things by \`npm run\`. Elsewhere install Node ${neededMajor} yourself and put it first on PATH.`);
  process.exit(1);
}

function toolPath(name) {
  const [folder, ...rest] = tools[name].split("/");
  return resolve("node_modules", folder, ...rest);
}

/** Hardhat compiles only what changed; its words are shown only if it fails. */
function compile() {
  if (!existsSync("artifacts")) console.error("compiling the contracts, once, for about half a minute …");
  const done = spawnSync(process.execPath, [toolPath("hardhat"), "compile", "--quiet"], { encoding: "utf8" });
  if (done.status === 0) return;
  process.stderr.write(`${done.stdout ?? ""}${done.stderr ?? ""}`);
  console.error("the contracts did not compile");
  process.exit(done.status ?? 1);
}

checkNode();
const args = process.argv.slice(2);
if (args[0] === "--compile") {
  args.shift();
  compile();
}
const [target, ...rest] = args;
if (target === undefined) {
  console.error("usage: node scripts/launch.mjs [--compile] FILE|hardhat|prettier [arguments]");
  process.exit(2);
}
const file = Object.hasOwn(tools, target) ? toolPath(target) : resolve(target);
process.argv = [process.execPath, file, ...rest];
if (file.endsWith(".cjs")) createRequire(import.meta.url)(file);
else await import(pathToFileURL(file).href);
