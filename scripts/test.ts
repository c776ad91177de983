import { glob } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * `npm test [-- FILE… --grep TEXT --bail]`: compiles and runs the named test files, or all of them. Files under test/ that do
 * not end in .test.ts are helpers, some of them processes of their own, and are not loaded as tests.
 */
const args = process.argv.slice(2);
const named = args.some((arg) => arg.endsWith(".ts"));
const files: string[] = [];
if (!named) for await (const file of glob("test/**/*.test.ts")) files.push(file);
const hardhat = resolve("node_modules/hardhat/dist/src/cli.js");
process.argv = [process.execPath, hardhat, "test", "mocha", ...args, ...files.sort()];
await import(pathToFileURL(hardhat).href);
