import { io } from "socket.io-client";
import { BACK, type OpenSdk } from "./sdk.ts";

/** socket.io-client, on WebSocket alone. Its server knows rooms, and the client does not: it cannot tell what is granted. */
export const openSocketIo: OpenSdk = async (port) => {
  const socket = io(`ws://127.0.0.1:${port}`, {
    transports: ["websocket"],
    forceNew: true,
    reconnectionDelay: BACK.minMs,
    reconnectionDelayMax: BACK.maxMs,
  });
  await new Promise<void>((resolve) => {
    socket.once("connect", resolve);
  });
  let joined = 0;
  return {
    async follow(topics, take) {
      socket.on("m", take);
      await socket.emitWithAck("subscribe", ...topics);
      joined += topics.length;
    },
    live: () => (socket.connected ? joined : 0),
    async publish(topic, quotes) {
      for (const one of quotes) socket.emit("publish", topic, one);
    },
    async close() {
      socket.disconnect();
    },
  };
};
