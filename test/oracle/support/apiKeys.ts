import { apiKeysCommand } from "../../../oracle/src/ops/apiKeysCommand.ts";
import type { NodeSettings } from "../../../oracle/src/config.ts";

/** A key of a node's API, made beside the running node as its command line does. */
export async function apiKey(settings: NodeSettings, scopes: string): Promise<string> {
  const options: Record<string, string> = { name: "test", scopes };
  const printed = await apiKeysCommand(
    "new",
    (name) => options[name] ?? "",
    () => settings,
  );
  if (printed === undefined) throw new Error("no key was printed");
  return printed;
}
