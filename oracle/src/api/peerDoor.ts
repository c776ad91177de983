import type { RequestHandler } from "express";

import type { AppDeps } from "./deps.ts";
import { SEAL_HEADERS } from "../attest/peerSeal.ts";

/**
 * Lets in what another node signed, and signs what it is answered, refusals too: so that nobody in between can speak for
 * either. Comes after the body's bytes were read and before they are parsed.
 */
export function peerDoor({ peers }: AppDeps): RequestHandler {
  return (request, response, next) => {
    const bytes: unknown = request.body;
    const admitted = peers.admit({
      method: request.method,
      path: request.path,
      body: bytes instanceof Uint8Array ? bytes : new Uint8Array(),
      header: (name) => request.get(name),
    });
    if (admitted !== undefined) {
      response.json = (value: unknown) => {
        const body = Buffer.from(JSON.stringify(value));
        peers.seal(admitted, response.statusCode, body).then((signature) => {
          response.setHeader(SEAL_HEADERS.answer, signature).setHeader("content-type", "application/json").end(body);
        }, next);
        return response;
      };
    }
    next();
  };
}
