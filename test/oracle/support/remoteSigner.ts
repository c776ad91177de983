import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTls } from "node:https";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { computeAddress, type SigningKey } from "ethers";

/** Path of a certificate or key made for tests on 127.0.0.1: authority.crt, service.crt, service.key, client.crt, client.key. */
export function tlsFile(name: string): string {
  return new URL(`tls/${name}.pem`, import.meta.url).pathname;
}

/** What the service does with a digest; answers the signature or anything else it wants to send. */
export type Answer = (key: SigningKey, digest: string, response: ServerResponse) => unknown;

const honest: Answer = (key, digest) => ({ signature: key.sign(digest).compactSerialized });

/** A key service on loopback: it holds keys and signs digests, as a KMS with a small adapter before it would. */
export class KeyService {
  readonly #server: Server;
  readonly #keys: ReadonlyMap<string, SigningKey>;
  readonly #token: string | undefined;
  answer: Answer = honest;
  /** Authorization headers that came. */
  readonly seen: (string | undefined)[] = [];
  url = "";

  constructor(keys: readonly SigningKey[], options: { readonly token?: string; readonly tls?: boolean } = {}) {
    this.#keys = new Map(keys.map((key) => [computeAddress(key).toLowerCase(), key]));
    this.#token = options.token;
    const handle = (request: IncomingMessage, response: ServerResponse): void => this.#handle(request, response);
    const read = (name: string): string => readFileSync(tlsFile(name), "utf8");
    this.#server =
      options.tls === true
        ? createTls(
            {
              ...{ cert: read("service.crt"), key: read("service.key"), ca: read("authority.crt") },
              ...{ requestCert: true, rejectUnauthorized: true },
            },
            handle,
          )
        : createPlain(handle);
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const scheme = "setSecureContext" in this.#server ? "https" : "http";
    this.url = `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // a TCP address is an object
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    this.seen.push(request.headers.authorization);
    const end = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (this.#token !== undefined && request.headers.authorization !== `Bearer ${this.#token}`) return end(401, {});
    const [, , , address = "", verb] = (request.url ?? "").split("/");
    const key = this.#keys.get(address.toLowerCase());
    if (key === undefined) return end(404, {});
    if (verb === undefined) return end(200, { address: computeAddress(key) });
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const { digest } = JSON.parse(text) as { digest: string }; // the signer under test sends it
      const answered = this.answer(key, digest, response);
      if (answered !== undefined) end(200, answered);
    });
  }
}
