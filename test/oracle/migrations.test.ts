import { type Kysely, sql } from "kysely";
import { expect } from "chai";

import type { Dialect } from "../../oracle/src/store/dialect.ts";
import { migrateCommand, type MigratedStore } from "../../oracle/src/ops/migrateCommand.ts";
import { migrate, schemaVersion } from "../../oracle/src/store/migrate.ts";
import { openStores } from "../../oracle/src/store/open.ts";
import { MIGRATIONS, STORE_NAMES } from "../../oracle/src/store/stores.ts";
import { refused } from "./support/errors.ts";
import { Scratch } from "./support/scratch.ts";
import { DIALECTS, freshPlace } from "./support/stores.ts";

/** Tables, columns and indexes as the database itself describes them. */
async function schemaOf<T>(database: Kysely<T>, dialect: Dialect): Promise<unknown> {
  if (dialect === "sqlite") {
    const { rows } = await sql`select type, name, sql from sqlite_master order by type, name`.execute(database);
    return rows;
  }
  const columns = await sql`select table_name, column_name, data_type, is_nullable, column_default
    from information_schema.columns where table_schema = current_schema() order by 1, ordinal_position`.execute(
    database,
  );
  const indexes =
    await sql`select indexname, indexdef from pg_indexes where schemaname = current_schema() order by 1`.execute(
      database,
    );
  const checks = await sql`select conname, pg_get_constraintdef(oid) from pg_constraint
    where connamespace = current_schema()::regnamespace order by 1`.execute(database);
  return [columns.rows, indexes.rows, checks.rows];
}

interface TableColumn {
  readonly table: string;
  readonly column: string;
  readonly number: boolean;
}

async function columnsOf<T>(database: Kysely<T>, dialect: Dialect): Promise<TableColumn[]> {
  const query =
    dialect === "sqlite"
      ? sql<{ t: string; c: string; k: string }>`select m.name as t, p.name as c, p.type as k
          from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table' order by 1, p.cid`
      : sql<{ t: string; c: string; k: string }>`select table_name as t, column_name as c, data_type as k
          from information_schema.columns where table_schema = current_schema() order by 1, ordinal_position`;
  const { rows } = await query.execute(database);
  return rows
    .filter(({ t }) => t !== "meta")
    .map(({ t, c, k }) => ({ table: t, column: c, number: /int/i.test(k) || /bool|real|double/i.test(k) }));
}

/** Puts three rows into every table there is. */
async function fill<T>(database: Kysely<T>, dialect: Dialect): Promise<void> {
  const byTable = Map.groupBy(await columnsOf(database, dialect), ({ table }) => table);
  for (const [table, columns] of byTable) {
    for (let row = 1; row <= 3; row++) {
      const names = columns.map(({ column }) => sql.ref(column));
      const values = columns.map(({ number }) => (number ? sql.lit(row) : sql.lit(`0x0${row}`)));
      await sql`insert into ${sql.table(table)} (${sql.join(names)}) values (${sql.join(values)})`.execute(database);
    }
  }
}

for (const dialect of DIALECTS) {
  describe(`oracle: schemas in ${dialect}`, () => {
    const scratch = new Scratch();
    after(() => scratch.clean());

    for (const name of STORE_NAMES) {
      it(`of the ${name} store go up, down with rows in them, and up again to the same`, async () => {
        const place = await freshPlace(dialect, scratch);
        const stores = await openStores(place.settings, { migrate: false });
        const database = stores[name] as unknown as Kysely<unknown>; // statements here are text
        const schema = { dialect, migrations: MIGRATIONS[name] };
        const newest = schema.migrations.length;
        const seen: unknown[] = [];
        for (let to = 0; to <= newest; to++) {
          await migrate(database, schema, { to });
          seen.push(await schemaOf(database, dialect));
        }
        await fill(database, dialect);
        for (let to = newest - 1; to >= 0; to--) {
          await migrate(database, schema, { to, force: true });
          expect(await schemaOf(database, dialect), `schema ${to} after going down`).to.deep.equal(seen[to]);
        }
        await migrate(database, schema);
        expect(await schemaOf(database, dialect)).to.deep.equal(seen[newest]);
        expect(await schemaVersion(database)).to.equal(newest);
        await stores.close();
      });
    }

    it("refuse to forget what was signed unless they are forced to", async () => {
      const place = await freshPlace(dialect, scratch);
      const stores = await place.open();
      const schema = { dialect, migrations: MIGRATIONS.guard };
      const row = { subject: "0x01", epoch: "0x02", as_of: 3, as_of_hash: "0x04", facts: "0x05", signature: null };
      await stores.guard.insertInto("guard").values(row).execute();
      const error = await refused(migrate(stores.guard, schema, { to: 0 }), "MIGRATION_REFUSED");
      expect(error.details).to.deep.equal({ table: "guard", rows: 1 });
      expect(await stores.guard.selectFrom("guard").select("facts").execute()).to.deep.equal([{ facts: "0x05" }]);
      await migrate(stores.guard, schema, { to: 0, force: true });
      await migrate(stores.guard, schema);
      expect(await stores.guard.selectFrom("guard").selectAll().execute()).to.deep.equal([]);
      await stores.close();
    });

    it("are taken back and forth by the command, which names what it did", async () => {
      const place = await freshPlace(dialect, scratch);
      const ask = (to: string, store?: string): Promise<MigratedStore[]> =>
        migrateCommand(place.settings, { to, store, forgetSignatures: false });
      const newest = { chain: MIGRATIONS.chain.length, guard: MIGRATIONS.guard.length };
      const all = STORE_NAMES.map((store) => ({ store, from: 0, to: MIGRATIONS[store].length }));
      expect(await ask("latest")).to.deep.equal(all);
      expect(await ask("0", "chain")).to.deep.equal([{ store: "chain", from: newest.chain, to: 0 }]);
      expect(await ask("0", "guard")).to.deep.equal([{ store: "guard", from: newest.guard, to: 0 }]);
      await refused(ask("0"), "SETTINGS_INVALID");
      await refused(ask("99", "chain"), "SETTINGS_INVALID");
      await refused(ask("newest"), "SETTINGS_INVALID");
      const stores = await place.open();
      expect(await schemaVersion(stores.chain)).to.equal(newest.chain);
      await stores.close();
    });

    it("leave a step out wholly when one of its statements fails", async () => {
      const place = await freshPlace(dialect, scratch);
      const stores = await place.open();
      const before = await schemaOf(stores.chain, dialect);
      const broken = { up: [`create table extra (a {integer} not null) {strict}`, `create nonsense`], down: [] };
      const schema = { dialect, migrations: [...MIGRATIONS.chain, broken] };
      let failed = false;
      await migrate(stores.chain, schema).catch(() => (failed = true));
      expect(failed).to.equal(true);
      expect(await schemaOf(stores.chain, dialect)).to.deep.equal(before);
      expect(await schemaVersion(stores.chain)).to.equal(MIGRATIONS.chain.length);
      await stores.close();
    });
  });
}

describe("oracle: a new PostgreSQL database", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  it("gets its schemas once when many processes open it at the same moment", async () => {
    const place = await freshPlace("postgres", scratch);
    const opened = await Promise.all([1, 2, 3, 4].map(() => place.open()));
    for (const stores of opened) {
      expect(await schemaVersion(stores.chain)).to.equal(MIGRATIONS.chain.length);
      expect(await stores.guard.selectFrom("guard").selectAll().execute()).to.deep.equal([]);
      await stores.close();
    }
  });
});
