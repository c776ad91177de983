import { request as plainRequest, Agent as PlainAgent } from "node:http";
import { request as tlsRequest, Agent as TlsAgent } from "node:https";
import { readFileSync } from "node:fs";
import { getAddress } from "ethers";

import { messageOf, OracleError } from "../errors.ts";
import { curve } from "./curve.ts";
import { readSecret } from "./keyFiles.ts";
import type { Signer } from "./signer.ts";

/** How a remote signer is reached. Files are read once, at the start. */
export interface RemoteOptions {
  /** Base URL: `GET /v1/keys/ADDRESS` answers `{address}`, `POST /v1/keys/ADDRESS/sign {digest}` answers `{signature}`. */
  readonly url: string;
  readonly timeoutMs: number;
  /** File with a bearer token, readable by its owner only. */
  readonly tokenFile?: string | undefined;
  /** Client certificate and its key, PEM, for a service that asks for one. */
  readonly certFile?: string | undefined;
  readonly certKeyFile?: string | undefined;
  /** Authority that signed the service's certificate, PEM, where it is none of the system's. */
  readonly caFile?: string | undefined;
}

interface Connection {
  readonly base: string;
  readonly agent: PlainAgent | TlsAgent;
  readonly send: typeof plainRequest;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

const MOST_CONNECTIONS = 16;
/** An answer is an address or a signature. */
const MOST_BYTES = 4_096;

function readPem(path: string | undefined, what: string): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new OracleError("KEY_UNREADABLE", `${what} ${path} cannot be read: ${messageOf(error)}`, { path });
  }
}

function connect(options: RemoteOptions): Connection {
  const url = new URL(options.url);
  if (url.username !== "" || url.password !== "") {
    throw new OracleError("SETTINGS_INVALID", "signerUrl: put the secret into signerTokenFile, not into the URL");
  }
  const tls = url.protocol === "https:";
  const token = options.tokenFile === undefined ? undefined : readSecret(options.tokenFile, "signerTokenFile");
  const limits = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
  const key = options.certKeyFile === undefined ? undefined : readSecret(options.certKeyFile, "signerCertKeyFile");
  const cert = readPem(options.certFile, "signerCertFile");
  const ca = readPem(options.caFile, "signerCaFile");
  return {
    base: options.url.replace(/\/+$/, ""),
    agent: tls ? new TlsAgent({ ...limits, cert, key, ca }) : new PlainAgent(limits),
    send: tls ? tlsRequest : plainRequest,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    timeoutMs: options.timeoutMs,
  };
}

/** What failed, without anything that the service or the request has said: a token must not come into a log. */
function unavailable(why: string): OracleError {
  return new OracleError("SIGNER_UNAVAILABLE", `the remote signer ${why}`);
}

async function exchange(connection: Connection, path: string, body: unknown): Promise<unknown> {
  const { base, agent, send, headers, timeoutMs } = connection;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const method = text === undefined ? "GET" : "POST";
  const type = text === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (error: unknown): void => {
      const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
      const why = typeof code === "string" ? `failed: ${code}` : "failed";
      reject(unavailable(signal.aborted ? `gave no answer in ${timeoutMs} ms` : why));
    };
    const sent = send(`${base}${path}`, { method, agent, headers: { ...headers, ...type }, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_BYTES) response.destroy();
        else chunks.push(chunk);
      });
      response.on("error", fail);
      response.on("close", () => {
        if (size > MOST_BYTES) reject(unavailable("answered more than a signature"));
        else if (!response.complete) fail(undefined);
      });
      response.on("end", () => {
        if (response.statusCode !== 200) return reject(unavailable(`answered with status ${response.statusCode}`));
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        } catch {
          reject(unavailable("answered no JSON"));
        }
      });
    });
    sent.on("error", fail);
    sent.end(text);
  });
}

function field(answer: unknown, name: string): unknown {
  return typeof answer === "object" && answer !== null ? Reflect.get(answer, name) : undefined;
}

/** The signature, if it is one of this key over this digest in the one form that the chain takes. */
function checked(signature: unknown, digest: string, address: string): string {
  const wrong = (why: string): OracleError =>
    new OracleError("SIGNER_WRONG", `the remote signer's answer is no signature of ${address}: ${why}`, { address });
  if (typeof signature !== "string" || !/^0x[0-9a-fA-F]{128}$/.test(signature)) throw wrong("not 64 bytes of hex");
  let recovered: string;
  try {
    recovered = curve.recover(digest, signature);
  } catch (error) {
    throw wrong(messageOf(error));
  }
  if (recovered !== address) throw wrong(`it is one of ${recovered}`);
  return signature.toLowerCase();
}

/**
 * A signer whose key stays in another process, machine or key service. Every answer is checked by recovery before it is used,
 * so the service can refuse to sign and can do nothing else.
 *
 * @param address Address of the key at the service.
 * @throws OracleError SIGNER_UNAVAILABLE where the service does not answer, SIGNER_WRONG where it holds another key.
 */
export async function remoteSigner(address: string, options: RemoteOptions): Promise<Signer> {
  const own = getAddress(address);
  const connection = connect(options);
  const path = `/v1/keys/${own}`;
  const close = (): Promise<void> => Promise.resolve(connection.agent.destroy());
  try {
    const held = field(await exchange(connection, path, undefined), "address");
    if (typeof held !== "string" || held.toLowerCase() !== own.toLowerCase()) {
      throw new OracleError("SIGNER_WRONG", `the remote signer does not hold the key of ${own}`, { address: own });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    address: own,
    sign: async (digest) =>
      checked(field(await exchange(connection, `${path}/sign`, { digest }), "signature"), digest, own),
    close,
  };
}
