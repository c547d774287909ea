export { Realtime } from "ably";
