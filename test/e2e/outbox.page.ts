// What the pages of outbox.test.ts can do.

import { type Client, createClient, type Diagnostic } from "@fanwire/client";
import { indexedDbOutbox } from "@fanwire/client/outbox";

/** A page, as a test sees it. */
export interface OutboxPage {
  open(url: string, name: string): void;
  /** Publishes without waiting for the outcome. */
  publish(topic: string, ...data: readonly number[]): void;
  pending(): number;
  flush(): Promise<void>;
  close(): Promise<void>;
  kept(name: string): Promise<number>;
  readonly told: readonly { kind: string; code: string; cause: string | undefined }[];
}

let client: Client;
const told: { kind: string; code: string; cause: string | undefined }[] = [];

function note({ kind, error }: Diagnostic): void {
  const { code, cause } = error as { code: string; cause?: Error };
  told.push({ kind, code, cause: cause?.name });
}

async function kept(name: string): Promise<number> {
  // opening one that is not there would make it
  const databases = await indexedDB.databases();
  if (!databases.some((database) => database.name === name)) return 0;
  return new Promise((resolve) => {
    const request = indexedDB.open(name);
    request.addEventListener("success", () => {
      const counted = request.result.transaction("entries").objectStore("entries").count();
      counted.addEventListener("success", () => {
        resolve(counted.result);
        request.result.close();
      });
    });
  });
}

const page: OutboxPage = {
  open(url, name) {
    client = createClient(url, {
      backoff: { minMs: 5, maxMs: 50 },
      outbox: { store: indexedDbOutbox(name) },
      onDiagnostic: note,
    });
  },
  publish(topic, ...data) {
    for (const n of data)
      client
        .topic(topic)
        .publish(n)
        .catch(() => {});
  },
  pending: () => client.pending,
  flush: () => client.flush(),
  close: () => client.close(),
  kept,
  told,
};

Object.assign(globalThis, { page });
