import type { FollowerOptions } from "../chain/follower.ts";
import { SIDE_PARTS, type Site } from "../chain/site.ts";
import type { NodeSettings } from "../config.ts";

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
