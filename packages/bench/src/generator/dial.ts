// Puts a client on a real socket: `net`, and reads that go into the shared lane instead of a buffer each.

import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { Connection, type Role } from "./connection.ts";

/** A client and its socket. */
export interface Dialled {
  readonly client: Connection;
  readonly socket: Socket;
}

const HOST = "127.0.0.1";

/** Connects and upgrades. `afterRead` says whether the socket goes on reading. */
export async function dial(
  port: number,
  path: string,
  subprotocol: string | undefined,
  role: Role,
  afterRead: () => boolean = () => true,
): Promise<Dialled> {
  const client = new Connection(role);
  const { lane } = role;
  const socket = connect({
    host: HOST,
    port,
    noDelay: true,
    onread: {
      buffer: lane.target,
      callback: (count) => {
        lane.now = performance.now();
        client.feed(count);
        return afterRead();
      },
    },
  });
  socket.on("error", () => {}); // close follows
  socket.on("close", () => client.lost());
  await client.open(
    { write: (bytes) => void socket.write(bytes), end: () => void socket.destroy() },
    upgradeOf(port, path, subprotocol, role.token),
  );
  return { client, socket };
}

function upgradeOf(
  port: number,
  path: string,
  subprotocol: string | undefined,
  token: string | undefined,
): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: localhost:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
  ];
  if (subprotocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  if (token !== undefined) lines.push(`Authorization: Bearer ${token}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
