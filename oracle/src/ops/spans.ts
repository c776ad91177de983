import type { AskPeer } from "../attest/peers.ts";
import { SpanKind, traced, tracingIsOn } from "./trace.ts";

/** Methods named in a JSON-RPC body, each once: enough to know what an endpoint was asked. */
function methodsOf(body: unknown): string {
  if (typeof body !== "string") return "";
  return [...new Set(Array.from(body.matchAll(/"method":"(\w{1,64})"/g), ([, method]) => method ?? ""))].join(" ");
}

/** `fetch` for the chain's endpoint: a span a request, without the URL, which often carries a key. */
export const tracedFetch: typeof fetch = async (input, init) => {
  if (!tracingIsOn()) return fetch(input, init);
  const methods = methodsOf(init?.body);
  return traced(
    `rpc ${methods}`,
    { "rpc.system": "jsonrpc", "rpc.method": methods },
    () => fetch(input, init),
    SpanKind.CLIENT,
  );
};

/** A span around each question to a peer; the peer continues it by the `traceparent` header. */
export function tracedAsk(ask: AskPeer): AskPeer {
  return async (peer, ...rest) =>
    traced("ask peer", { "peer.signer": peer.signer }, () => ask(peer, ...rest), SpanKind.CLIENT);
}
