// Distance: a TCP proxy that hands on every byte after a fixed time, in both directions, however many there are.

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const HOST = "127.0.0.1";

/** Listens on a port of its own. To be closed by whoever opened it. */
export class DelayProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, delayMs: number) {
    this.#server = createServer({ noDelay: true }, (near) => {
      const far = connect({ host: HOST, port, noDelay: true });
      this.#sockets.add(near).add(far);
      handOn(near, far, delayMs);
      handOn(far, near, delayMs);
    });
  }

  /** In front of this port of the same machine. */
  static async open(port: number, delayMs: number): Promise<DelayProxy> {
    const proxy = new DelayProxy(port, delayMs);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, HOST, resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

/** Bytes on the way, and the end of them as null. */
interface OnTheWay {
  readonly bytes: Buffer | null;
  readonly dueAt: number;
}

function handOn(from: Socket, to: Socket, delayMs: number): void {
  const way: OnTheWay[] = [];
  let isWaiting = false;
  const arrive = (): void => {
    isWaiting = false;
    const now = performance.now();
    for (let next = way[0]; next !== undefined && next.dueAt <= now; next = way[0]) {
      if (next.bytes === null) to.end();
      else to.write(next.bytes);
      way.shift();
    }
    wait();
  };
  const wait = (): void => {
    const [next] = way;
    if (isWaiting || next === undefined) return;
    isWaiting = true;
    setTimeout(arrive, next.dueAt - performance.now());
  };
  const leave = (bytes: Buffer | null): void => {
    way.push({ bytes, dueAt: performance.now() + delayMs });
    wait();
  };
  from.on("data", leave);
  from.on("end", () => leave(null));
  from.on("error", () => to.destroy());
}
