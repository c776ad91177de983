import { Endpoints, type EndpointsOptions } from "../chain/endpoints.ts";
import type { FollowerOptions } from "../chain/follower.ts";
import { HttpRpcClient } from "../chain/rpc.ts";
import { SIDE_PARTS, type Site } from "../chain/site.ts";
import type { NodeSettings } from "../config.ts";
import { tracedFetch } from "./spans.ts";

/** The contracts a node reads. */
export function siteOf(settings: NodeSettings): Site {
  const { gate, escrow, listRegistry } = settings;
  const sides = SIDE_PARTS.flatMap((part) => {
    const address = settings[part];
    return address === undefined ? [] : [[part, address.toLowerCase()] as const];
  });
  const lists = listRegistry === undefined ? {} : { lists: listRegistry.toLowerCase() };
  return { gate: gate.toLowerCase(), escrow: escrow.toLowerCase(), ...lists, ...Object.fromEntries(sides) };
}

/** How the follower reads, from the settings. */
export function followerOptions(settings: NodeSettings): FollowerOptions {
  return { ...settings, site: siteOf(settings) };
}

/** What endpoints are told about. */
export type Trouble = NonNullable<EndpointsOptions["onTrouble"]>;

/** The chain's endpoints that the settings name. */
export function endpointsOf(settings: NodeSettings, signal: AbortSignal, onTrouble?: Trouble): Endpoints {
  const { rpcUrl, rpcUrls, rpcAgreement, rpcTimeoutMs, chainId } = settings;
  const clients = [rpcUrl, ...rpcUrls].map(
    (url) => new HttpRpcClient(url, { timeoutMs: rpcTimeoutMs, signal, fetch: tracedFetch }),
  );
  const told = onTrouble === undefined ? {} : { onTrouble };
  return new Endpoints(clients, { chainId, agreement: rpcAgreement, clock: () => performance.now(), ...told });
}
