import type { Kysely } from "kysely";

import { migrate } from "../../../oracle/src/store/migrate.ts";
import { openStores, type StoreSettings } from "../../../oracle/src/store/open.ts";
import { CHAIN_MIGRATIONS, type Migration } from "../../../oracle/src/store/migrations.ts";

/** A step that has changed the schema already when its second statement takes longer than any test waits. */
const SLOW: Readonly<Record<"sqlite" | "postgres", Migration>> = {
  sqlite: {
    up: [
      "create table extra (a integer not null) strict",
      `insert into extra with recursive counted (n) as (select 1 union all select n + 1 from counted limit 1000000000)
        select n from counted`,
    ],
    down: ["drop table extra"],
  },
  postgres: { up: ["create table extra (a bigint not null)", "select pg_sleep(600)"], down: ["drop table extra"] },
};

/** Takes the chain's schema to the newest version, and then one slow step further. */
const settings = JSON.parse(process.argv[2] ?? "{}") as StoreSettings; // the test wrote it
const stores = await openStores(settings, { migrate: false });
const chain = stores.chain as unknown as Kysely<unknown>; // only statements in text are sent
const migrations = [...CHAIN_MIGRATIONS, SLOW[stores.dialect]];
await migrate(chain, { dialect: stores.dialect, migrations });
