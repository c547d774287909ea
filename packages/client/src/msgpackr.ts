// The codec of a client by msgpackr, for who has that already, or many large payloads. It must be installed beside this package.

import { Packr } from "msgpackr";
import { type Codec, messagePack } from "./codec.ts";

function refuse(what: string): never {
  throw new TypeError(`${what} cannot be a payload`);
}

/** Standard types alone, as other clients read no other. Some of the options are known to msgpackr and not to its types. */
const options: object = {
  useRecords: false,
  moreTypes: false,
  structuredClone: false,
  mapsAsObjects: true,
  variableMapSize: true,
  int64AsType: "auto",
  encodeUndefinedAsNil: true,
  skipValues: [undefined],
  // nothing refers to the message, which is as large as its batch
  copyBuffers: true,
  writeFunction: () => refuse("a function"),
  onInvalidDate: () => refuse("an invalid Date"),
};

const packr = new Packr(options);

/**
 * MessagePack by msgpackr: `createClient(url, { codec: msgpackr })`. The bytes say that they are MessagePack, so that clients with this
 * codec and with the built-in one understand each other.
 *
 * It differs in what is not standard: a Set becomes an array, −0 becomes 0, a `toJSON` counts only on objects of a class, a key `__proto__`
 * is read as `__proto_`. More than 32 arrays and maps inside each other are written, and the built-in codec does not read them; so take care of
 * depth. It reads msgpackr's own extensions.
 */
export const msgpackr: Codec = {
  encoding: messagePack.encoding,
  encode: (value) => packr.pack(value),
  decode: (bytes) => packr.unpack(bytes) as unknown,
};
