// A certificate and its key, read again when their files change. A pair that does not fit changes nothing.

import { readFileSync, unwatchFile, watchFile } from "node:fs";
import type { Server as NetServer } from "node:net";
import { createSecureContext, Server } from "node:tls";

/** How often files are looked at, in milliseconds. */
const LOOK_MS = 1000;

export class TlsFiles {
  readonly #paths: { readonly cert: string; readonly key: string };

  /** Throws a TypeError when the files hold no certificate and the key that fits it. */
  constructor(cert: string, key: string) {
    this.#paths = { cert, key };
    this.read();
  }

  read(): { cert: Buffer; key: Buffer } {
    const { cert, key } = this.#paths;
    try {
      const read = { cert: readFileSync(cert), key: readFileSync(key) };
      createSecureContext(read);
      return read;
    } catch (error) {
      throw new TypeError(
        `${cert} and ${key} are no certificate and its key: ${(error as Error).message}.`,
        { cause: error },
      );
    }
  }

  /** Gives a server what the files hold now. */
  reload(server: NetServer | undefined): void {
    const read = this.read();
    if (server instanceof Server) server.setSecureContext({ ...read, minVersion: "TLSv1.2" });
  }

  /** Calls `onChange` when a file has changed, until the function that is returned is called. */
  watch(onChange: () => void): () => void {
    const paths = Object.values(this.#paths);
    for (const path of paths) watchFile(path, { interval: LOOK_MS, persistent: false }, onChange);
    return () => {
      for (const path of paths) unwatchFile(path, onChange);
    };
  }
}
