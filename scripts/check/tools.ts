import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

import type { Finding } from "./parts.ts";

const longestOutput = 32 * 1024 * 1024;

/** Runs a tool's entry file under this very Node; its output is the finding. */
export async function runTool(entry: string, args: string[], cwd = process.cwd()): Promise<Finding> {
  const file = resolve("node_modules", entry);
  return new Promise((done) => {
    execFile(process.execPath, [file, ...args], { cwd, maxBuffer: longestOutput }, (error, stdout, stderr) => {
      const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
      done({ ok: error === null, lines: error && lines.length === 0 ? [error.message] : lines });
    });
  });
}

/** Source folders whose imports are checked, as far as they exist in `root`. */
export async function checkImports(root = process.cwd()): Promise<Finding> {
  const folders = ["sdk/src", "oracle/src", "web", "scripts", "deploy", "bench", "test", "hardhat.config.ts"];
  const present = folders.filter((folder) => existsSync(resolve(root, folder)));
  const config = resolve(".dependency-cruiser.cjs");
  const args = ["--config", config, "--no-progress", "--output-type", "err", ...present];
  return runTool("dependency-cruiser/bin/dependency-cruiser.mjs", args, root);
}
