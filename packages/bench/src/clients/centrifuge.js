export { Centrifuge } from "centrifuge";
