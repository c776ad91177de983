import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

import { failed, findingOf, type Finding } from "./parts.ts";
import { runTool } from "./tools.ts";

const folder = "sdk/dist";
const run = promisify(execFile);

/** What an integrator's page loads, in bytes of gzip, ethers not counted. Most of "everything" is the contracts' ABIs. */
const budgets: readonly { what: string; code: string; bytes: number }[] = [
  { what: "everything of @sluice/sdk", code: `export * from "./index.js"`, bytes: 60_000 },
  { what: "one pure function", code: `export { paymentId } from "./index.js"`, bytes: 6_000 },
  { what: "@sluice/sdk/fetch", code: `export * from "./pay402/index.js"`, bytes: 26_000 },
  { what: "@sluice/sdk/vouchers", code: `export * from "./vouchers/index.js"`, bytes: 4_800 },
];

/** Builds the SDK as it is published and looks at it as its users do: exports, types, and what a bundle of it weighs. */
export async function checkSdkPackage(): Promise<Finding> {
  await run(process.execPath, ["scripts/build-sdk.ts"]);
  const tools = [
    await runTool("publint/src/cli.js", [folder, "--strict"]),
    await runTool("@arethetypeswrong/cli/dist/index.js", ["--pack", folder, "--profile", "esm-only"]),
  ];
  const lines = tools.filter(({ ok }) => !ok).flatMap((finding) => finding.lines);
  return lines.length > 0 ? failed(...lines) : findingOf(await overBudget());
}

async function overBudget(): Promise<string[]> {
  const over: string[] = [];
  for (const { what, code, bytes } of budgets) {
    const { outputFiles } = await build({
      ...{ stdin: { contents: code, resolveDir: folder }, bundle: true, minify: true, write: false },
      ...{ format: "esm", platform: "browser", external: ["ethers"], logLevel: "silent" },
    });
    const size = gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length;
    if (size > bytes) over.push(`${what}: ${size} bytes of gzip, ${bytes} allowed`);
  }
  return over;
}
