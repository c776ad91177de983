import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

import type { Dialect } from "../../oracle/src/store/dialect.ts";
import { startChain, type Paid, type TestChain } from "./support/chain.ts";
import { get, post, settingsFor, type Answer } from "./support/nodes.ts";
import { sharedPostgres } from "./support/postgres.ts";
import { Scratch } from "./support/scratch.ts";
import { Processes, type Served } from "./support/serve.ts";
import { DIALECTS } from "./support/stores.ts";

const run = promisify(execFile);
const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const page = readFileSync("docs/runbooks/backup.md", "utf8");

/** The commands of the page for one database, block by block. */
function blocksFor(dialect: Dialect): string[][] {
  return [...page.matchAll(/^ *```bash ([a-z,]+)\n(.*?)^ *```/gms)]
    .filter(([, dialects = ""]) => dialects.split(",").includes(dialect))
    .map(([, , text = ""]) => text.trim().split(/\n */));
}

for (const dialect of DIALECTS)
  describe(`docs: the runbook of backup and restore, followed with ${dialect}`, () => {
    const scratch = new Scratch();
    const processes = new Processes();
    let chain: TestChain;
    let home: string;
    let environment: NodeJS.ProcessEnv;
    before(async () => {
      chain = await startChain();
      home = scratch.dir();
      const bin = scratch.dir();
      writeFileSync(join(bin, "oracle"), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
      chmodSync(join(bin, "oracle"), 0o755);
      environment = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    });
    after(async () => {
      processes.kill();
      await chain.close();
      scratch.clean();
    });

    const settingsFile = "settings.json";
    const configure = async (): Promise<void> => {
      const databaseUrl = dialect === "sqlite" ? undefined : await (await sharedPostgres()).database();
      const changes = { databaseUrl, logLevel: "info", peersOnly: false, reorgMarginBlocks: 8, pollIntervalMs: 20 };
      const settings = settingsFor(chain, home, chain.attester(0), changes);
      writeFileSync(join(home, settingsFile), JSON.stringify({ ...settings, dataDir: "data" }));
    };
    const shell = async (lines: readonly string[]): Promise<string> => {
      const { stdout } = await run("bash", ["-ec", lines.join("\n")], { cwd: home, env: environment });
      return stdout;
    };
    const serve = (): Promise<Served> => processes.serve(join(home, settingsFile));
    const end = async ({ child }: Served, signal: NodeJS.Signals): Promise<void> => {
      child.kill(signal);
      await once(child, "exit");
    };
    const ask = async ({ url }: Served, { terms, block }: Paid): Promise<Answer> => {
      const { hash } = (await chain.ethers.provider.getBlock(block)) ?? {};
      const question = { terms, asOf: block, asOfHash: hash, epoch: chain.addresses.epoch };
      return post(url, "/v1/peer/attestations", question);
    };
    const refusal = async (node: Served, paid: Paid): Promise<unknown> => {
      const { status, body } = await ask(node, paid);
      const { code, retriable } = body.error as { code: string; retriable: boolean }; // the API's error
      return { status, code, retriable };
    };
    const FENCED = { status: 409, code: "GUARD_FENCED", retriable: false };

    it("brings back a node that signs again what it remembers, nothing it may have forgotten, and all that is new", async () => {
      const [makeBackup = [], restore = []] = blocksFor(dialect);
      const fence = restore.slice(-1);
      expect(makeBackup).to.have.length(1);
      expect(fence[0]).to.match(/^oracle guard fence /);
      await configure();
      const node = await serve();
      const remembered = await chain.pay();
      const signed = await ask(node, remembered);
      expect(signed.status).to.equal(200);
      await shell(makeBackup);
      const forgotten = await chain.pay();
      expect((await ask(node, forgotten)).status).to.equal(200);
      const neverAsked = await chain.pay();
      await end(node, "SIGKILL");
      // The disaster: the directory's contents, or the database, are gone.
      for (const part of ["", "-wal", "-shm"]) rmSync(join(home, "data", `guard.sqlite${part}`), { force: true });
      await configure();

      await shell(restore.slice(0, -1));
      const unfenced = await serve();
      for (const paid of [remembered, forgotten, neverAsked]) {
        expect(await refusal(unfenced, paid)).to.deep.equal(FENCED);
      }
      expect((await get(unfenced.url, "/readyz")).status).to.equal(503);
      await end(unfenced, "SIGTERM");

      const head = await chain.ethers.provider.getBlockNumber();
      expect(await shell(fence)).to.match(new RegExp(`^fence at block ${head + 8}:`));
      const restored = await serve();
      expect((await get(restored.url, "/readyz")).status).to.equal(200);
      expect((await ask(restored, remembered)).body).to.deep.equal(signed.body);
      for (const paid of [forgotten, neverAsked]) expect(await refusal(restored, paid)).to.deep.equal(FENCED);
      await chain.mine(7);
      const last = await chain.pay();
      expect(last.block).to.equal(head + 8);
      expect(await refusal(restored, last)).to.deep.equal(FENCED);
      const first = await chain.pay();
      expect((await ask(restored, first)).status).to.equal(200);

      // The fence is kept, and another start of the same guard needs no other.
      await end(restored, "SIGTERM");
      const again = await serve();
      expect(await refusal(again, last)).to.deep.equal(FENCED);
      expect((await ask(again, first)).status).to.equal(200);
      await end(again, "SIGTERM");
    });
  });
