/** The contracts of a suite whose events a node reads. Addresses are lower-case. */
export interface Site {
  readonly gate: string;
  readonly escrow: string;
  /** The list registry, where there is one: its batches are history, so every node of an epoch must name the same. */
  readonly lists?: string;
  /** Contracts whose events are kept for API, keeper and rebates; no fact depends on them. */
  readonly channels?: string;
  readonly attesters?: string;
  readonly stake?: string;
  readonly governor?: string;
  readonly policyRegistry?: string;
  readonly rebatePool?: string;
  readonly referralCodes?: string;
}

/** Parts that no fact depends on: one that is added later is read again on its own. */
export const SIDE_PARTS = [
  "channels",
  "attesters",
  "stake",
  "governor",
  "policyRegistry",
  "rebatePool",
  "referralCodes",
] as const;
export type SidePart = (typeof SIDE_PARTS)[number];

const PARTS = ["gate", "escrow", "lists", ...SIDE_PARTS] as const;
export type Part = (typeof PARTS)[number];

/** Some of the contracts, as when the past of one is read on its own. */
export type Sources = Partial<Site>;

/** Every contract of a site with its part, gate and escrow first. */
export function partsOf(site: Sources): [Part, string][] {
  return PARTS.flatMap((part): [Part, string][] => {
    const address = site[part];
    return address === undefined ? [] : [[part, address]];
  });
}

/** The addresses whose logs are read. */
export function addressesOf(site: Sources): string[] {
  return partsOf(site).map(([, address]) => address);
}
