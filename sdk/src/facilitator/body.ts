import type { FacilitatorRequest } from "./options.ts";

const mostBytes = 65_536;

/** A request's JSON, parsed before or read here; undefined where it is none, or more than 64 kB. */
export async function bodyOf(request: FacilitatorRequest): Promise<unknown> {
  if (request.body !== undefined) return request.body;
  if (request[Symbol.asyncIterator] === undefined) return undefined;
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  // the iterator is there, as was asked above
  for await (const chunk of request as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array)) return undefined; // text has lost its bytes
    bytes += chunk.length;
    if (bytes > mostBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    return undefined; // no JSON
  }
}
