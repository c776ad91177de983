import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { sql } from "kysely";

import { Guard } from "../../oracle/src/attest/guard.ts";
import { localSigner, type Signer } from "../../oracle/src/attest/signer.ts";
import type { Node } from "../../oracle/src/index.ts";
import { schemaVersion } from "../../oracle/src/store/migrate.ts";
import { openStores } from "../../oracle/src/store/open.ts";
import { MIGRATIONS, type Stores } from "../../oracle/src/store/stores.ts";
import { startChain, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { refused } from "../oracle/support/errors.ts";
import { keyOf } from "../oracle/support/keys.ts";
import { get, post, ready, settingsFor, type Answer } from "../oracle/support/nodes.ts";
import { startPostgres, type TestPostgres } from "../oracle/support/postgres.ts";
import { Scratch } from "../oracle/support/scratch.ts";
import { DIALECTS, freshPlace, type Place } from "../oracle/support/stores.ts";

const MIGRATE_PROCESS = new URL("../oracle/support/migrateProcess.ts", import.meta.url).pathname;
const PATIENCE_MS = 30_000;

/** Looks again and again until something is true. */
async function eventually(look: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await look()); await sleep(50))
    if (performance.now() > end) throw new Error("it never came true");
}

describe("S4: the database is gone for a while, full, or its migration interrupted", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  describe("PostgreSQL under a node", () => {
    let chain: TestChain;
    let server: TestPostgres;
    let place: Place;
    let node: Node;
    before(async () => {
      chain = await startChain();
      server = await startPostgres();
      const fresh = await freshPlace("sqlite", scratch);
      const settings = { ...fresh.settings, databaseUrl: await server.database(), databaseConnectTimeoutMs: 500 };
      place = { dialect: "postgres", settings, open: () => openStores(settings) };
      const changes = { ...settings, peersOnly: false };
      node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), changes));
    });
    after(async () => {
      await node.stop();
      await server.close();
      await chain.close();
    });

    const ask = async (paid: Paid): Promise<Answer> => {
      const block = await chain.ethers.provider.getBlock(paid.block);
      const request = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
      return post(node.url, "/v1/peer/attestations", request);
    };
    const signedSubjects = async (stores: Stores): Promise<string[]> =>
      (await stores.guard.selectFrom("guard").select("subject").execute()).map(({ subject }) => subject);

    it("that is stopped: requests are refused as retriable, nothing is signed, and all heals by itself", async () => {
      const before = await chain.pay();
      const during = [await chain.pay(), await chain.pay(), await chain.pay()];
      await node.catchUp();
      expect((await ask(before)).status).to.equal(200);
      await server.stop();
      const refusals: Answer[] = [];
      for (let round = 0; round < 3; round++) refusals.push(...(await Promise.all(during.map(ask))));
      const late = await chain.pay();
      const unseen = await ask(late);
      await server.start();
      for (const { status, body } of refusals) {
        expect(status).to.equal(503);
        expect(body.error).to.include({ code: "STORE_UNAVAILABLE", retriable: true });
        expect(body).to.not.have.property("signature");
      }
      expect(unseen.body.error).to.include({ retriable: true });
      const stores = await place.open();
      expect(await signedSubjects(stores)).to.deep.equal([before.id]);
      for (const paid of [...during, late]) await eventually(async () => (await ask(paid)).status === 200);
      expect(await signedSubjects(stores)).to.have.members([before, ...during, late].map(({ id }) => id));
      await stores.close();
      await eventually(async () => (await get(node.url, "/readyz")).status === 200);
    });

    it("that has no room left: the answer says so, nothing is signed, and room is all it takes", async () => {
      const paid = await chain.pay();
      await node.catchUp();
      const stores = await place.open();
      // What PostgreSQL answers where its disk is full, from the statement that would have to grow the table.
      await sql`create function full_disk() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$`.execute(stores.guard);
      await sql`create trigger full_disk before insert on guard execute function full_disk()`.execute(stores.guard);
      const { status, body } = await ask(paid);
      expect(status).to.equal(503);
      expect(body.error).to.include({ code: "STORE_FULL", retriable: true });
      expect(await signedSubjects(stores)).to.not.include(paid.id);
      await sql`drop trigger full_disk on guard`.execute(stores.guard);
      expect((await ask(paid)).status).to.equal(200);
      await stores.close();
    });
  });

  it("a SQLite file that may not grow: no signature is made, and it goes on once it may", async () => {
    const stores = await (await freshPlace("sqlite", scratch)).open();
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(stores.guard);
    const limit = (rows[0]?.page_count ?? 0) + 1;
    await sql`pragma max_page_count = ${sql.lit(limit)}`.execute(stores.guard);
    const key = localSigner(keyOf("s4").privateKey);
    let made = 0;
    const counting: Signer = {
      ...key,
      sign: (digest) => {
        made += 1;
        return key.sign(digest);
      },
    };
    const guard = new Guard(stores.guard, counting);
    const word = (index: number): string => `0x${index.toString(16).padStart(64, "0")}`;
    const request = (index: number) => ({
      ...{ subject: word(index), epoch: "0xee", asOf: 7, asOfHash: word(77) },
      facts: word(1),
    });
    let next = 0;
    let full: unknown;
    while (full === undefined && next < 1_000) {
      next += 1;
      await guard.sign(request(next), word(next)).catch((error: unknown) => (full = error));
    }
    await refused(guard.sign(request(next), word(next)), "STORE_FULL");
    const held = await stores.guard.selectFrom("guard").select("subject").execute();
    expect(made)
      .to.equal(next - 1)
      .and.to.be.at.least(1);
    expect(held.map(({ subject }) => subject)).to.not.include(word(next));
    await sql`pragma max_page_count = 1000000`.execute(stores.guard);
    expect(await guard.sign(request(next), word(next))).to.equal(await key.sign(word(next)));
    await guard.close();
    await stores.close();
  });

  for (const dialect of DIALECTS) {
    it(`a migration in ${dialect} whose process is killed within a step leaves the schema before it`, async () => {
      const place = await freshPlace(dialect, scratch);
      const child = spawn(process.execPath, [MIGRATE_PROCESS, JSON.stringify(place.settings)], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      const ended = once(child, "exit");
      await eventually(() => isInStep(place));
      child.kill("SIGKILL");
      await ended;
      const newest = MIGRATIONS.chain.length;
      const stores = await place.open();
      expect(await schemaVersion(stores.chain)).to.equal(newest);
      let there = true;
      await sql`select * from extra limit 1`.execute(stores.chain).catch(() => (there = false));
      expect(there).to.equal(false);
      expect(await stores.chain.selectFrom("blocks").selectAll().execute()).to.deep.equal([]);
      await stores.close();
    });
  }
});

/** Whether a migration is in the middle of its slow step, seen from outside. */
async function isInStep({ dialect, settings }: Place): Promise<boolean> {
  if (dialect === "sqlite") {
    // What a transaction has changed spills into the log once it no longer fits into memory.
    const log = statSync(join(settings.dataDir, "chain.sqlite-wal"), { throwIfNoEntry: false });
    return (log?.size ?? 0) > 4_000_000;
  }
  const stores = await openStores(settings, { migrate: false });
  const { rows } = await sql`select 1 from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'`
    .execute(stores.chain)
    .finally(() => stores.close());
  return rows.length > 0;
}
