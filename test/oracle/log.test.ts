import { expect } from "chai";
import express from "express";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { createLog } from "../../oracle/src/ops/log.ts";
import { redactor, secretsOf } from "../../oracle/src/ops/redact.ts";
import { outgoingHeaders, requestId, requestIds, withRequestId } from "../../oracle/src/ops/requestContext.ts";
import { Scratch } from "./support/scratch.ts";

function logged(secrets: readonly string[], write: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push(line) };
  write(createLog({ level: "debug", bindings: { signer: "0x01" }, secrets, to }));
  return lines;
}

describe("oracle: the log", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  it("carries the id of the request that is being answered, and none outside of one", () => {
    const [inside, outside] = logged([], (log) => {
      withRequestId("abc-1", () => log.child({ part: "api" }).info("inside"));
      log.info("outside");
    }).map((line) => JSON.parse(line) as Record<string, unknown>); // pino writes one JSON object a line
    expect(inside).to.include({ requestId: "abc-1", part: "api", signer: "0x01" });
    expect(outside).to.not.have.property("requestId");
  });

  it("shows no secret of the settings or of the files they name, wherever it stands in a line", () => {
    const home = scratch.dir();
    const file = (name: string, text: string): string => {
      writeFileSync(join(home, name), `${text}\n`, { mode: 0o600 });
      return join(home, name);
    };
    const settings = {
      rpcUrl: "https://user:pa%22ssword@rpc.example/v2/k3y-in-path?token=t0ken-in-query",
      passwordFile: file("password", 'horse "battery'),
      privateKeyFile: file("key", `0x${"5e".repeat(32)}`),
      host: "127.0.0.1",
    };
    const secrets = ['pa"ssword', "pa%22ssword", "k3y-in-path", "t0ken-in-query", 'horse "battery', "5e".repeat(32)];
    const lines = logged(secretsOf(settings), (log) => {
      for (const secret of secrets) {
        log.info({ deep: { inside: [secret] }, err: new Error(`failed with ${secret}`) }, `said ${secret}`);
      }
      log.info(settings, "settings of 127.0.0.1");
    });
    const text = lines.join("");
    for (const secret of secrets) {
      expect(text).to.not.contain(secret);
      expect(text).to.not.contain(JSON.stringify(secret).slice(1, -1));
    }
    for (const line of lines) expect(() => JSON.parse(line) as unknown).to.not.throw();
    expect(text).to.contain("127.0.0.1");
  });

  it("is left as it is where there is no secret, or only words too short to tell", () => {
    expect(redactor([])("a line")).to.equal("a line");
    expect(secretsOf({ rpcUrl: "http://127.0.0.1:8545" })).to.deep.equal(["http://127.0.0.1:8545"]);
  });
});

describe("oracle: request ids", () => {
  const app = express();
  app.use(requestIds);
  app.get("/", async (_request, response) => {
    await new Promise((resolve) => setImmediate(resolve));
    response.json({ id: requestId(), headers: outgoingHeaders() });
  });
  const server = app.listen(0, "127.0.0.1");
  const ask = async (id?: string): Promise<{ header: string | null; body: { id: string; headers: unknown } }> => {
    const { port } = server.address() as AddressInfo; // a TCP server's address is an object
    const headers: Record<string, string> = id === undefined ? {} : { "x-request-id": id };
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers });
    const body = (await response.json()) as { id: string; headers: unknown }; // what the route above answers
    return { header: response.headers.get("x-request-id"), body };
  };
  before(async () => {
    if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
  });
  after(() => void server.close());

  it("that a client gives are kept, answered, and handed on to peers", async () => {
    const { header, body } = await ask("order-77:a.b_C");
    expect(header).to.equal("order-77:a.b_C");
    expect(body).to.deep.equal({ id: header, headers: { "x-request-id": header } });
  });

  it("are made where there is none, and differ", async () => {
    const [first, second] = [await ask(), await ask()];
    expect(first.header)
      .to.equal(first.body.id)
      .and.to.match(/^[0-9a-f-]{36}$/);
    expect(second.header).to.not.equal(first.header);
  });

  for (const bad of ["", "a b", "x".repeat(65), "id\tid", '{"a":1}']) {
    it(`are replaced where the client's is ${JSON.stringify(bad.slice(0, 12))}`, async () => {
      expect((await ask(bad)).header).to.match(/^[0-9a-f-]{36}$/);
    });
  }
});
