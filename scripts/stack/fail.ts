/** Ends a command that was called or fed wrongly: the message on standard error, exit code 2. */
export function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
