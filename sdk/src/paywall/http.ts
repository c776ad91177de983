/** What is used of a request of `node:http`, and so of Express. */
export type PaidRequest = {
  method?: string | undefined;
  url?: string | undefined;
  /** Express: the URL before routers cut it. */
  originalUrl?: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of a stream: replaced where receipts name the body. */
  emit?(event: string | symbol, ...args: unknown[]): boolean;
};

type HeaderValue = string | number | readonly string[];

/** What is used of a response of `node:http`, and so of Express. */
export type PaidResponse = {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: HeaderValue): unknown;
  getHeader(name: string): HeaderValue | undefined;
  end: (...args: never[]) => unknown;
  flushHeaders(): unknown;
  /** Of node:http: replaced where a header waits for the body. */
  writeHead?(...args: never[]): unknown;
  destroy(error?: Error): unknown;
  once(event: "close", listener: () => void): unknown;
};

export type Next = (error?: unknown) => void;

/** A header that is there once, or undefined. */
export function headerOf(request: PaidRequest, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return typeof value === "string" ? value : undefined;
}

export function pathOf(request: PaidRequest): string {
  return request.originalUrl ?? request.url ?? "/";
}

/** Ends a response with a status and JSON; answers that browsers may read the headers named. */
export function answer(
  response: PaidResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.setHeader("cache-control", "no-store");
  endOf(response)(JSON.stringify(body));
}

/** A response's `end`, which ignores what it does not know. */
export function endOf(response: PaidResponse): (...args: unknown[]) => unknown {
  // node's `end` takes a chunk, an encoding and a callback, all optional; the type leaves them open so that every framework fits
  return response.end.bind(response) as (...args: unknown[]) => unknown;
}
