import { execFileSync } from "node:child_process";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";

const usage = `npm run build:sdk
Compiles the SDK to JavaScript with declarations in sdk/dist, a package of its own: \`npm publish sdk/dist\`.
Inside this repository the SDK is imported as TypeScript, without a build.`;

type Manifest = {
  name: string;
  version: string;
  license: string;
  exports: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
};

const out = "sdk/dist";

if (process.argv.length > 2) {
  console.log(usage);
  process.exit(process.argv.includes("--help") ? 0 : 2);
}
await rm(out, { recursive: true, force: true });
execFileSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", "sdk/tsconfig.build.json"], {
  stdio: "inherit",
});
const manifest = JSON.parse(await readFile("sdk/package.json", "utf8")) as Manifest; // our own file
const { name, version, license, peerDependencies, peerDependenciesMeta } = manifest;
/** `./src/paywall/index.ts` of the sources is `./paywall/index.js` of the package. */
const entry = (source: string): { types: string; default: string } => {
  const built = source.replace("./src/", "./").replace(/\.ts$/, "");
  return { types: `${built}.d.ts`, default: `${built}.js` };
};
const published = {
  ...{ name, version, license, type: "module", sideEffects: false },
  exports: {
    ...Object.fromEntries(Object.entries(manifest.exports).map(([path, source]) => [path, entry(source)])),
    "./conformance/vectors.json": "./conformance/vectors.json",
  },
  peerDependencies: Object.fromEntries(Object.entries(peerDependencies).map(([peer, exact]) => [peer, `^${exact}`])),
  peerDependenciesMeta,
  engines: { node: ">=20.3" },
};
await writeFile(`${out}/package.json`, `${JSON.stringify(published, null, 2)}\n`);
await cp("sdk/README.md", `${out}/README.md`);
await cp("sdk/conformance/vectors.json", `${out}/conformance/vectors.json`);
await cp("LICENSE", `${out}/LICENSE`);
console.log(`${out}: ${name} ${version}`);
