import { expect, test } from "vitest";
import { parseNetwork } from "./network.ts";

const header = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const lo =
  "    lo:    3193      29    0    0    0     0          0         0     3193      29    0 0 0 0 0 0\n";
const unused =
  "  ifb0:       0       0    0    0    0     0          0         0        0       0    0 0 0 0 0 0\n";
// a long count leaves no space behind the colon
const eth =
  "  eth0:399112964    9295    0    0    0     0          0         0   564755    5120    0 0 0 0 0 0\n";
const veth =
  "veth12:    1000       9    0    0    0     0          0         0     2000      20    0 0 0 0 0 0\n";

test("bytes in and out are read for each interface that carries traffic of its own", () => {
  expect([...parseNetwork(header + lo + unused + eth + veth)]).toEqual([
    ["eth0", { in: 399112964, out: 564755 }],
  ]);
});

test("the machine talking to itself is shown only when there is nothing else", () => {
  expect([...parseNetwork(header + lo + unused).keys()]).toEqual(["lo"]);
});

test("an empty file has no interfaces", () => {
  expect(parseNetwork("").size).toBe(0);
});
