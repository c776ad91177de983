import { isAddress, getAddress, parseEther } from "ethers";

const DAY = 86_400;
/** A wallet that starts earlier is a mistake in the date: no token is older. */
const earliestStart = Date.UTC(2020, 0, 1) / 1_000;
const longestDays = 36_525;

/** Who gets a part of the first supply, and when. */
export type Grant = {
  /** Names the wallet in reports and in Ignition's journal: letters and digits, unique. */
  readonly name: string;
  readonly recipient: string;
  /** In the token's smallest unit. */
  readonly amount: bigint;
  /** How it vests; sent at once where absent. */
  readonly vesting?: Vesting;
};

export type Vesting = {
  /** Seconds since the Unix epoch. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
  /** Nothing vests before this many seconds after the start; then all that has vested until then. */
  readonly cliffSeconds: number;
};

/** Grants that must not be carried out; `findings` names every problem. */
export class GrantsError extends Error {
  readonly findings: readonly string[];

  constructor(findings: readonly string[]) {
    super(`the distribution cannot be carried out:\n  ${findings.join("\n  ")}`);
    this.name = "GrantsError";
    this.findings = findings;
  }
}

/**
 * Throws unless the grants are well formed and add up to the supply.
 * @param supply In the token's smallest unit.
 * @throws GrantsError with every problem, not only the first
 */
export function checkGrants(grants: readonly Grant[], supply: bigint): void {
  const sum = grants.reduce((total, { amount }) => total + amount, 0n);
  const names = grants.map(({ name }) => name);
  const doubled = names.filter((name, index) => names.indexOf(name) !== index);
  const findings = [
    ...grants.flatMap(problemsOf),
    ...new Set(doubled.map((name) => `${name}: the name is used twice`)),
    ...(sum === supply ? [] : [`the grants add up to ${sum} units, the supply has ${supply}`]),
  ];
  if (findings.length > 0) throw new GrantsError(findings);
}

function problemsOf({ name, recipient, amount, vesting }: Grant): string[] {
  const problems: string[] = [];
  if (!/^[a-zA-Z][a-zA-Z0-9]{0,30}$/.test(name)) problems.push("the name must be letters and digits, at most 31");
  if (!isAddress(recipient) || BigInt(recipient) === 0n) problems.push(`the recipient is no account: ${recipient}`);
  if (amount <= 0n) problems.push("the amount must be positive");
  if (vesting !== undefined) problems.push(...vestingProblems(vesting));
  return problems.map((problem) => `${name}: ${problem}`);
}

function vestingProblems({ startSeconds, durationSeconds, cliffSeconds }: Vesting): string[] {
  const problems: string[] = [];
  const whole = [startSeconds, durationSeconds, cliffSeconds].every((value) => Number.isSafeInteger(value));
  if (!whole) return ["start, duration and cliff must be whole seconds"];
  if (startSeconds < earliestStart) problems.push(`starts at second ${startSeconds}, before 2020`);
  if (durationSeconds <= 0 || durationSeconds > longestDays * DAY)
    problems.push(`vests for ${durationSeconds} seconds`);
  if (cliffSeconds < 0 || cliffSeconds > durationSeconds)
    problems.push(`the cliff, ${cliffSeconds} seconds, must lie within the ${durationSeconds} seconds of vesting`);
  return problems;
}

/**
 * Grants out of a file: `{"grants": [{"name", "recipient", "tokens", "vesting"?: {"start", "days", "cliffDays"}}]}`, tokens as
 * decimal text, the start a date (`2027-01-01`, midnight UTC, or with a time).
 * @throws GrantsError with every problem of form; what the values mean is `checkGrants`'s
 */
export function readGrants(text: string): Grant[] {
  const rows = rowsIn(text);
  const findings: string[] = [];
  const grants = rows.map((row, index) => {
    try {
      return grantIn(row);
    } catch (error) {
      findings.push(`grant ${index + 1}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  });
  if (findings.length > 0) throw new GrantsError(findings);
  return grants.filter((grant) => grant !== undefined);
}

function rowsIn(text: string): unknown[] {
  try {
    const grants = fieldsOf(JSON.parse(text), ["grants"])["grants"];
    if (Array.isArray(grants) && grants.length > 0) return grants;
  } catch (error) {
    throw new GrantsError([`not a file of grants: ${error instanceof Error ? error.message : String(error)}`]);
  }
  throw new GrantsError(['there must be a list "grants" with something in it']);
}

function grantIn(row: unknown): Grant {
  const fields = fieldsOf(row, ["name", "recipient", "tokens", "vesting"]);
  const [recipient, tokens] = [textIn(fields, "recipient"), textIn(fields, "tokens")];
  if (!isAddress(recipient)) throw new Error(`recipient is no address: ${textIn(fields, "recipient")}`);
  if (!/^\d+(\.\d{1,18})?$/.test(tokens)) throw new Error(`tokens is no decimal number: ${tokens}`);
  const grant = { name: textIn(fields, "name"), recipient: getAddress(recipient), amount: parseEther(tokens) };
  return fields["vesting"] === undefined ? grant : { ...grant, vesting: vestingIn(fields["vesting"]) };
}

function vestingIn(value: unknown): Vesting {
  const fields = fieldsOf(value, ["start", "days", "cliffDays"]);
  const start = textIn(fields, "start");
  const milliseconds = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(start) ? Date.parse(start) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new Error(`start is no date like 2027-01-01: ${start}`);
  return {
    startSeconds: Math.floor(milliseconds / 1_000),
    durationSeconds: numberIn(fields, "days") * DAY,
    cliffSeconds: numberIn(fields, "cliffDays") * DAY,
  };
}

function fieldsOf(value: unknown, known?: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("not an object");
  const fields = value as Record<string, unknown>; // every object is one
  const unknown = Object.keys(fields).find((name) => known !== undefined && !known.includes(name));
  if (unknown !== undefined) throw new Error(`unknown field ${unknown}`);
  return fields;
}

function textIn(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new Error(`${name} must be text`);
  return value;
}

function numberIn(fields: Record<string, unknown>, name: string): number {
  const value = fields[name];
  if (typeof value !== "number") throw new Error(`${name} must be a number`);
  return value;
}
