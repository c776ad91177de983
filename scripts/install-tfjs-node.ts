import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const usage = `npm run tfjs-node:install
Downloads libtensorflow for @tensorflow/tfjs-node, which \`npm ci\` leaves out because install scripts are off here.
Training and evaluation then use it (ORACLE_TF_BACKEND=auto or tensorflow); without it they run on WebAssembly.
Mirrors: TFJS_NODE_CDN_STORAGE, npm_config_tfjs_binding_binary_host_mirror.`;

const folder = resolve("node_modules/@tensorflow/tfjs-node");
if (process.argv.length > 2) {
  console.log(usage);
  process.exit(process.argv.includes("--help") ? 0 : 2);
}
if (!existsSync(folder)) {
  console.error(
    `@tensorflow/tfjs-node is not installed: it is an optional dependency, run \`npm ci\` without --omit=optional.`,
  );
  process.exit(1);
}
const installed = spawnSync(process.execPath, ["scripts/install.js"], { cwd: folder, stdio: "inherit" });
const loads = installed.status === 0 && existsSync(resolve(folder, "lib"));
console.log(loads ? "tfjs-node: installed" : "tfjs-node: not installed; the other backends still work");
process.exitCode = loads ? 0 : 1;
