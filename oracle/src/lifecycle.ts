export interface Process {
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * Ends the process on SIGINT or SIGTERM: the first signal stops the node in order and exits with 0, a second one exits
 * with 1 at once. Nothing is lost either way; after SIGKILL, too, the node resumes from its data directory.
 */
export function stopOnSignals(host: Process, stop: () => Promise<void>, onFailure: (error: unknown) => void): void {
  let stopping = false;
  const handle = (): void => {
    if (stopping) return host.exit(1);
    stopping = true;
    stop().then(
      () => host.exit(0),
      (error: unknown) => {
        onFailure(error);
        host.exit(1);
      },
    );
  };
  host.on("SIGINT", handle);
  host.on("SIGTERM", handle);
}
