import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { startPostgres } from "./stack/embeddedPostgres.ts";
import { checkFree } from "./stack/ports.ts";
import { fail } from "./stack/fail.ts";

const usage = `usage: npm run postgres -- [--directory DIR] [--port PORT] [--databases NAME,NAME…]
  Starts a real PostgreSQL on 127.0.0.1 (port 5432, data in .data/postgres) and stays up until Ctrl-C. Makes the databases
  that are missing, and writes the connection URL of each to DIR.NAME.url, readable by you only. For trying things out:
  in production use a server that somebody looks after.`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        directory: { type: "string", default: ".data/postgres" },
        port: { type: "string", default: "5432" },
        databases: { type: "string", default: "" },
      },
    });
    const names = values.databases.split(",").filter((name) => name !== "");
    if (names.some((name) => !/^[a-z][a-z0-9_]{0,30}$/.test(name))) fail(usage);
    return { directory: values.directory, port: Number(values.port), databases: names };
  } catch {
    return fail(usage);
  }
}

const { directory, port, databases } = options();
await checkFree([port]).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
const log = createWriteStream(`${directory}.log`, { flags: "a" });
log.on("error", () => undefined); // the directory is made a moment later; PostgreSQL's own words are a comfort, not a need
const server = await startPostgres({ directory, port, databases, onLog: (line) => void log.write(line) });
for (const [name, url] of server.urls) await writeFile(`${directory}.${name}.url`, url, { mode: 0o600 });
process.stdout.write(`PostgreSQL listens on 127.0.0.1:${port}; data in ${directory}
${databases.map((name) => `${name}: connection URL in ${directory}.${name}.url`).join("\n")}\n`);

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void server.stop().then(() => process.exit(0));
  });
}
