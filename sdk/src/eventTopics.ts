import { id } from "ethers";

type Named = { readonly name: string; readonly args: readonly { readonly type: string }[] };

/** Events by topic 0: the hash of the name and the types. Hashes do not compress, so a package is smaller without them. */
export function byTopic<Event extends Named>(events: readonly Event[]): Readonly<Record<string, Event>> {
  return Object.fromEntries(events.map((event) => [id(signatureOf(event)), event]));
}

/** A struct is named as a tuple of named fields; the hash is of the types alone. */
function signatureOf({ name, args }: Named): string {
  const types = args.map(({ type }) =>
    type
      .replaceAll("tuple", "")
      .replaceAll(/ \w+(?=[,)])/g, "")
      .replaceAll(", ", ","),
  );
  return `${name}(${types.join(",")})`;
}
