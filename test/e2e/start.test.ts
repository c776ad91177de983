import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { expect } from "chai";

const start = new URL("../../scripts/start.ts", import.meta.url).pathname;

describe("npm start", () => {
  it("prints addresses and the API, answers there, and stops all of it on Ctrl-C", async () => {
    const child = spawn(process.execPath, [start, "--free-ports"], { stdio: ["ignore", "pipe", "inherit"] });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.startsWith("Ctrl-C")) break;
    }
    const valueOf = (name: string): string => lines.find((line) => line.startsWith(`${name} `))?.split(/\s+/)[1] ?? "";
    expect(valueOf("escrow")).to.match(/^0x[0-9a-fA-F]{40}$/);
    const api = new URL(valueOf("API"));
    const ready = await fetch(new URL("/readyz", api));
    expect(ready.status).to.equal(200);

    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).to.equal(0);
    const gone = await fetch(new URL("/livez", api)).then(
      () => "still answers",
      () => "gone",
    );
    expect(gone).to.equal("gone");
  });

  it("refuses an unknown option with its usage", async () => {
    const child = spawn(process.execPath, [start, "--prot"], { stdio: ["ignore", "ignore", "pipe"] });
    const chunks: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
    const [code] = await once(child, "close");
    expect(code).to.equal(2);
    expect(chunks.join("")).to.contain("usage: npm start");
  });
});
