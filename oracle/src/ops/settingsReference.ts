import type { z } from "zod";

import { environmentName, SETTING_NOTES, SETTING_SHAPE } from "./settings.ts";

/** One row of the reference of settings. */
export interface SettingRow {
  readonly name: string;
  readonly environment: string;
  readonly type: string;
  readonly bounds: string;
  /** JSON text, undefined where there is none. */
  readonly fallback: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
  readonly description: string;
}

/** The table of settings as data, in the order in which they are declared. */
export function settingRows(): SettingRow[] {
  const schemas: [string, z.ZodType][] = Object.entries(SETTING_SHAPE);
  return schemas.map(([name, schema]) => {
    // The keys of the shape and of the notes are the same by type; Object.entries forgets it.
    const note = SETTING_NOTES[name as keyof typeof SETTING_NOTES];
    const absent = schema.safeParse(undefined);
    return {
      name,
      environment: environmentName(name),
      type: note.type,
      bounds: note.bounds,
      fallback: absent.success && absent.data !== undefined ? JSON.stringify(absent.data) : undefined,
      required: !absent.success,
      secret: note.secret === true,
      description: note.description,
    };
  });
}

function referenceLine(row: SettingRow): string {
  const fallback = row.required ? "required" : row.fallback === undefined ? "–" : `\`${row.fallback}\``;
  const secret = row.secret ? "yes" : "";
  return `| \`${row.name}\` | \`${row.environment}\` | ${row.type} | ${row.bounds} | ${fallback} | ${secret} | ${row.description} |`;
}

/** The reference page of settings, in Markdown. */
export function settingsReference(): string {
  return [
    "# Settings of an oracle node",
    "",
    "Generated from oracle/src/ops/settings.ts. Settings come from the file given by `--settings`; an environment",
    "variable overrides the file. A list or number in a variable is written as JSON. An absent setting takes its default;",
    "one that is present but invalid stops the start with a message that names it.",
    "",
    "| setting | variable | type | bounds | default | secret | meaning |",
    "|---|---|---|---|---|---|---|",
    ...settingRows().map(referenceLine),
    "",
  ].join("\n");
}

/** The commented example of an environment file. */
export function environmentExample(): string {
  const lines = settingRows().flatMap((row) => [
    `# ${row.description} (${row.type}, ${row.bounds}${row.required ? ", required" : ""})`,
    `#${row.environment}=${row.fallback ?? ""}`,
    "",
  ]);
  return ["# Generated from oracle/src/ops/settings.ts. Variables override the settings file.", "", ...lines].join(
    "\n",
  );
}
