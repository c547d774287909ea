export { Socket } from "phoenix";
