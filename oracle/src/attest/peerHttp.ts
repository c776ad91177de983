import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** What came back, whole. */
export interface PeerResponse {
  readonly status: number;
  /** Names are lower-case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface PeerPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
  /** Longest body that is read. */
  readonly mostBytes: number;
}

/** An answer was longer than it may be. */
export class AnswerTooLong extends Error {
  override readonly name = "AnswerTooLong";
}

/**
 * Posts over connections that are kept. Node's own client in place of `fetch`, whose streams and headers cost several times the CPU;
 * redirects are answers like any other.
 */
export class PeerHttp {
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new HttpsAgent({ keepAlive: true });

  /** @throws AnswerTooLong; an AbortError where the signal ended it; else what the connection says. */
  post(url: URL, { headers, body, signal, mostBytes }: PeerPost): Promise<PeerResponse> {
    const secure = url.protocol === "https:";
    const options = {
      ...{ method: "POST", headers: { ...headers, "content-length": String(body.byteLength) }, signal },
      agent: secure ? this.#https : this.#http,
    };
    return new Promise((resolve, reject) => {
      const asked = (secure ? httpsRequest : httpRequest)(url, options, (response) => {
        const chunks: Uint8Array[] = [];
        let size = 0;
        response.on("data", (chunk: Uint8Array) => {
          size += chunk.byteLength;
          chunks.push(chunk);
          if (size > mostBytes) response.destroy(new AnswerTooLong(`the peer answered more than ${mostBytes} bytes`));
        });
        // A connection may fail more than once; without a listener the second time would end the process.
        response.on("error", reject);
        response.once("end", () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        });
      });
      asked.on("error", reject);
      asked.end(body);
    });
  }

  /** Lets go of connections that nobody uses. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}
