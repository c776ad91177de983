import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { computeAddress, Signature } from "ethers";

import { importKeystore } from "../../oracle/src/attest/keys.ts";
import { remoteSigner, type RemoteOptions } from "../../oracle/src/attest/remoteSigner.ts";
import { loadSigner } from "../../oracle/src/attest/loadSigner.ts";
import { localSigner } from "../../oracle/src/attest/signer.ts";
import { refused } from "./support/errors.ts";
import { keyOf } from "./support/keys.ts";
import { KeyService, tlsFile, type Answer } from "./support/remoteSigner.ts";
import { Scratch } from "./support/scratch.ts";
import { shouldBehaveLikeASigner } from "./support/signerConformance.ts";

const key = keyOf("conformance");
const address = computeAddress(key);
const TOKEN = "a-token-that-must-never-be-logged";
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("oracle: signers", () => {
  const scratch = new Scratch();
  const services: KeyService[] = [];
  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
  });
  after(() => scratch.clean());

  const file = (name: string, text: string): string => {
    const path = join(scratch.dir(), name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const served = async (options: { token?: string; tls?: boolean } = {}): Promise<KeyService> => {
    const service = await new KeyService([key, keyOf("other")], options).listen();
    services.push(service);
    return service;
  };
  const optionsFor = (service: KeyService, changes: Partial<RemoteOptions> = {}): RemoteOptions => ({
    url: service.url,
    timeoutMs: 2_000,
    ...changes,
  });

  describe("with the key in memory", () => {
    shouldBehaveLikeASigner(() => Promise.resolve(localSigner(key.privateKey)));
  });

  describe("with an imported keystore", () => {
    let keyFile: string;
    let passwordFile: string;
    before(async function () {
      this.timeout(60_000);
      passwordFile = file("password", "correct horse battery");
      keyFile = join(scratch.dir(), "key.json");
      expect(await importKeystore(file("plain", key.privateKey), keyFile, passwordFile)).to.equal(address);
    });
    // Decrypting takes a second, so that a stolen file is of little use; the tests open it once.
    let opened: ReturnType<typeof loadSigner> | undefined;
    shouldBehaveLikeASigner(() => (opened ??= loadSigner({ keyFile, passwordFile })));
  });

  describe("with the key at a service behind a token", () => {
    shouldBehaveLikeASigner(async () => {
      const service = await served({ token: TOKEN });
      const remote = optionsFor(service, { tokenFile: file("token", TOKEN) });
      return loadSigner({ signerAddress: address, remote });
    });
  });

  describe("with the key at a service that asks for a certificate", () => {
    const certificates = {
      certFile: tlsFile("client.crt"),
      certKeyFile: "",
      caFile: tlsFile("authority.crt"),
    };
    const remote = async (): Promise<RemoteOptions> => {
      const certKeyFile = file("client.key", readFileSync(tlsFile("client.key"), "utf8"));
      return optionsFor(await served({ tls: true }), { ...certificates, certKeyFile });
    };
    shouldBehaveLikeASigner(async () => remoteSigner(address, await remote()));

    it("refuses to talk to a service that another authority vouches for", async () => {
      const { caFile: _, ...others } = await remote();
      await refused(remoteSigner(address, others), "SIGNER_UNAVAILABLE");
    });

    it("is refused by the service without a certificate", async () => {
      const { url, timeoutMs, caFile } = await remote();
      await refused(remoteSigner(address, { url, timeoutMs, caFile }), "SIGNER_UNAVAILABLE");
    });
  });

  describe("at a service that misbehaves", () => {
    const digest = `0x${"d1".repeat(32)}`;
    const answering = async (answer: Answer, timeoutMs = 2_000) => {
      const service = await served();
      const signer = await remoteSigner(address, optionsFor(service, { timeoutMs }));
      service.answer = answer;
      return signer;
    };
    const wrong: Readonly<Record<string, Answer>> = {
      "the signature of another key": (_, asked) => ({ signature: keyOf("other").sign(asked).compactSerialized }),
      "the signature of another digest": (own) => ({ signature: own.sign(`0x${"d2".repeat(32)}`).compactSerialized }),
      "65 bytes": (own, asked) => ({ signature: own.sign(asked).serialized }),
      "a high s": (own, asked) => {
        const { r, s, yParity } = own.sign(asked);
        const high = ORDER - BigInt(s);
        // EIP-2098 has one bit for the parity, and a high s takes it: what is left is another signature.
        const top = ((high & ~(1n << 255n)) | (BigInt(1 - yParity) << 255n)).toString(16).padStart(64, "0");
        return { signature: `${r}${top}` };
      },
      "no signature at all": () => ({ signature: null }),
      "a number": () => 7,
    };
    for (const [what, answer] of Object.entries(wrong)) {
      it(`refuses ${what}`, async () => {
        const signer = await answering(answer);
        await refused(signer.sign(digest), "SIGNER_WRONG");
        await signer.close();
      });
    }

    it("gives up after its time, and signs again once the service answers", async () => {
      let silent = true;
      const signer = await answering((own, asked) => {
        return silent ? undefined : { signature: own.sign(asked).compactSerialized };
      }, 100);
      const error = await refused(signer.sign(digest), "SIGNER_UNAVAILABLE");
      expect(error.retriable).to.equal(true);
      silent = false;
      expect(Signature.from(await signer.sign(digest)).r).to.equal(key.sign(digest).r);
      await signer.close();
    });

    it("gives up on an answer that never ends", async () => {
      const signer = await answering((_own, _asked, response) => {
        response.writeHead(200).write("x".repeat(100_000));
        return undefined;
      });
      await refused(signer.sign(digest), "SIGNER_UNAVAILABLE");
      await signer.close();
    });

    it("says nothing of its token, whatever fails", async () => {
      const service = await served({ token: TOKEN });
      const remote = optionsFor(service, { tokenFile: file("token", `${TOKEN}-not`) });
      const error = await refused(remoteSigner(address, remote), "SIGNER_UNAVAILABLE");
      expect(`${error.message} ${JSON.stringify(error.details)} ${error.stack} ${String(error.cause)}`).to.not.contain(
        TOKEN,
      );
      expect(service.seen).to.deep.equal([`Bearer ${TOKEN}-not`]);
    });

    it("is not opened where it holds another key", async () => {
      const service = await served();
      await refused(remoteSigner(computeAddress(keyOf("third")), optionsFor(service)), "SIGNER_UNAVAILABLE");
    });

    it("takes no secret in its URL", async () => {
      const url = "http://user:secret@127.0.0.1:1";
      const error = await refused(remoteSigner(address, { url, timeoutMs: 100 }), "SETTINGS_INVALID");
      expect(error.message).to.not.contain("secret@");
    });
  });
});
