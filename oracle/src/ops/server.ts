import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** Time a client has to send head and body. */
  readonly requestTimeoutMs: number;
}

const KEEP_ALIVE_MS = 5_000;
const SWEEP_MS = 20;
const MOST_HEADER_BYTES = 8_192;

/** An HTTP server that slow and idle clients cannot hold. */
export function createHttpServer(listener: RequestListener, options: ServerOptions): Server {
  const server = createServer(
    {
      headersTimeout: options.requestTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      connectionsCheckingInterval: Math.max(50, Math.floor(options.requestTimeoutMs / 4)),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
    },
    listener,
  );
  server.maxConnections = options.maxConnections;
  return server;
}

/** Listens; answers the port, which the system chose where the setting is 0. */
export async function listen(server: Server, options: ServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      // A TCP server's address is an object.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Stops accepting, lets running requests finish, and cuts off what is left after the time is over. */
export async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A client keeps its connection open after the answer; what is idle while the server drains goes at once.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(cut);
  clearInterval(sweep);
}
