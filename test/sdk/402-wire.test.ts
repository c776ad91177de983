import { readFile } from "node:fs/promises";

import { expect } from "chai";

import { readAsk } from "../../sdk/src/pay402/answers.ts";
import { decodeHeader, encodeHeader, headers, readPayload } from "../../sdk/src/pay402/wire.ts";
import { receiptSigner, signReceiptKey } from "../../sdk/src/paywall/index.ts";
import { fixture, HOUR } from "../channels/world.ts";
import { key } from "../shared/suite.ts";
import { closeServers, native, payerWith, PRICE, startSeller } from "./seller.ts";

const page = "docs/reference/http-402.md";

/** The documented type of each field below a heading of the page, and the examples there. */
async function sectionOf(title: string): Promise<{ types: Map<string, string>; examples: object[] }> {
  const text = await readFile(page, "utf8");
  const section = text.split("\n## ").find((part) => part.startsWith(`${title}\n`)) ?? "";
  const rows = [...section.matchAll(/^\| `([^`]+)`(?: \?)? \| ([^|]+) \|/gm)];
  const examples = [...section.matchAll(/```json\n(.*?)\n```/gs)].map(([, json = ""]) => JSON.parse(json) as object);
  return { types: new Map(rows.map(([, path = "", type = ""]) => [path, type])), examples };
}

/** Paths of JSON as the page writes them, with the values there. */
function pathsIn(value: unknown, path = ""): [path: string, value: unknown][] {
  if (Array.isArray(value)) return value.flatMap((one) => pathsIn(one, `${path}[]`));
  if (typeof value !== "object" || value === null) return [[path.replace(/\[\]$/, ""), value]];
  const dot = path === "" ? "" : ".";
  return Object.entries(value).flatMap(([name, inner]) => pathsIn(inner, `${path}${dot}${name}`));
}

function fits(value: unknown, type: string | undefined): boolean {
  if (type === undefined) return false;
  if (type === "text" || type === "code") return typeof value === "string";
  if (type === "number" || type === "boolean") return typeof value === type;
  return (
    type.replace("list of ", "").split(" or ").includes(JSON.stringify(value)) || type === `list of ${typeof value}`
  );
}

describe("402: the reference of the wire", () => {
  afterEach(closeServers);

  it("names every field, with its type, that a seller and a payer send each other", async () => {
    const world = await fixture();
    const signer = receiptSigner(key("402 wire").privateKey, world.channelSite, native);
    const expiry = Math.floor(Date.now() / 1000) + HOUR;
    const named = { payee: world.payee.address, key: signer.address, expiry };
    const consent = { expiry, signature: await signReceiptKey(world.payee, named, world.channelSite) };
    const contractSigners = { mostUnredeemed: PRICE };
    const seller = await startSeller(world, { receipts: { signer, consent }, contractSigners, minDeposit: PRICE });
    const said = new Map<string, Set<string>>(Object.values(headers).map((name) => [name, new Set()]));
    const note = (all: Headers): void => {
      for (const [name, values] of said) if (all.has(name)) values.add(all.get(name)!);
    };
    const listening = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const request = new Request(input, init);
      note(request.headers);
      const response = await fetch(request);
      note(response.headers);
      return response;
    };
    const { fetch: buy } = await payerWith(world, "402 wire", { fetch: listening });
    for (let call = 0; call < 2; call += 1) await buy(`${seller.url}/weather`);
    const [, replayed = ""] = [...said.get(headers.signature)!];
    note((await fetch(`${seller.url}/weather`, { headers: { [headers.signature]: replayed } })).headers);
    const { types: asked } = await sectionOf(headers.required);
    for (const title of [headers.required, headers.signature, headers.response]) {
      const { types } = await sectionOf(title);
      const seen = [...said.get(title)!].flatMap((text) => pathsIn(decodeHeader(title, text)));
      expect(seen.length, title).to.be.greaterThan(10);
      for (const [path, value] of seen) {
        // what is accepted is an entry of what was asked, and documented there
        const type = types.get(path) ?? asked.get(path.replace(/^accepted\./, "accepts[]."));
        expect(fits(value, type), `${title} ${path}`).to.equal(true);
      }
    }
    const corrective = [...said.get(headers.required)!].flatMap((text) => pathsIn(decodeHeader("required", text)));
    expect(corrective.map(([path]) => path)).to.include("accepts[].extra.nextAmount");
  });

  it("shows examples that the code reads", async () => {
    const required = (await sectionOf(headers.required)).examples;
    const site = { chainId: 8453, channels: `0x${"c1".repeat(20)}` };
    const asks = required.map((one) =>
      readAsk(new Response(null, { status: 402, headers: { [headers.required]: encodeHeader(one) } }), site),
    );
    expect(asks.map(({ nextAmount }) => nextAmount)).to.deep.equal([undefined, 2_000n]);
    const [payment] = (await sectionOf(headers.signature)).examples;
    const read = readPayload(payment);
    expect(read).to.include({ cumulative: 1_000n, payTo: asks[0]!.payee });
    expect(asks[1]!.state?.channel).to.equal(read.channel);
    expect((await sectionOf(headers.response)).examples[0]).to.include({ success: true, payer: read.terms.payer });
  });
});
