import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import { sql } from "kysely";

import { openChain, openDataDir } from "../../oracle/src/store/dataDir.ts";
import { bind } from "../../oracle/src/store/stores.ts";
import { refused } from "./support/errors.ts";
import { CHAIN_MIGRATIONS } from "../../oracle/src/store/migrations.ts";
import { Scratch } from "./support/scratch.ts";

const binding = { chainId: 31_337, genesisHash: `0x${"01".repeat(32)}`, gate: "0x0a", escrow: "0x0b", lists: "none" };

describe("oracle: the data directory", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  it("is open to one process at a time", async () => {
    const path = scratch.dir();
    const held = await openDataDir(path);
    const error = await refused(openDataDir(path), "DATA_DIR_LOCKED");
    expect(error.details).to.deep.equal({ dir: path });
    await held.close();
    await (await openDataDir(path)).close();
  });

  it("is free again after its process was killed", async () => {
    const path = scratch.dir();
    const module = new URL("../../oracle/src/store/dataDir.ts", import.meta.url).href;
    const code = `const { openDataDir } = await import(${JSON.stringify(module)});
      await openDataDir(${JSON.stringify(path)}); console.log("open"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await refused(openDataDir(path), "DATA_DIR_LOCKED");
    child.kill("SIGKILL");
    await once(child, "exit");
    await (await openDataDir(path)).close();
  });

  it("accepts the chain it belongs to again", async () => {
    const dir = await openDataDir(scratch.dir());
    await bind(dir, binding);
    await bind(dir, binding);
    await dir.close();
  });

  for (const [field, value] of [
    ["chainId", 1],
    ["genesisHash", `0x${"02".repeat(32)}`],
    ["gate", "0x0c"],
    ["escrow", "0x0d"],
  ] as const) {
    it(`refuses another ${field} and says what to do`, async () => {
      const dir = await openDataDir(scratch.dir());
      await bind(dir, binding);
      const error = await refused(bind(dir, { ...binding, [field]: value }), "DATA_DIR_OTHER_CHAIN");
      expect(error.details).to.deep.equal({ field, stored: String(binding[field]), actual: String(value) });
      expect(error.message).to.contain("data directory of its own");
      await dir.close();
    });
  }

  it("refuses to go back to an older release", async () => {
    const path = scratch.dir();
    const dir = await openDataDir(path);
    await sql`update meta set value = '99' where name = 'schema'`.execute(dir.chain);
    await dir.close();
    await refused(openDataDir(path), "DATA_DIR_NEWER");
  });

  it("finishes a migration that was interrupted (S4)", async () => {
    const path = join(scratch.dir(), "chain.sqlite");
    const first = await openChain(path);
    // What a crash within a step leaves: the step's transaction never happened.
    for (const table of ["shadow_decisions", "epoch_tokens", "decisions", "events", "payments", "blocks"])
      await sql.raw(`drop table ${table}`).execute(first);
    await sql`delete from meta where name = 'schema'`.execute(first);
    await first.destroy();
    const second = await openChain(path);
    const version = await sql<{ value: string }>`select value from meta where name = 'schema'`.execute(second);
    expect(version.rows[0]?.value).to.equal(String(CHAIN_MIGRATIONS.length));
    expect(await second.selectFrom("blocks").selectAll().execute()).to.deep.equal([]);
    await second.destroy();
  });
});
