import { expect, test } from "vitest";
import { parseProcessStatus, parseProcessTicks, parseUsers, processName } from "./process.ts";

const stat = (name: string) =>
  `4120 (${name}) S 1 4120 4120 0 -1 4194560 100 0 0 0 730 270 0 0 20 0 11 0 8675309 1234 99 18446744073709551615 0 0`;

test("ticks are user and system time together, and a process is told by its start", () => {
  expect(parseProcessTicks(stat("node"))).toEqual({ startedAt: 8675309, ticks: 1000 });
});

test("a name with spaces and brackets moves no column", () => {
  expect(parseProcessTicks(stat("a) S 1 (b"))).toEqual({ startedAt: 8675309, ticks: 1000 });
});

test("half a line, of a process that just ended, is not read", () => {
  expect(parseProcessTicks("")).toBeUndefined();
  expect(parseProcessTicks("4120 (node) S 1")).toBeUndefined();
});

test("memory and owner are read from status; kernel threads hold none", () => {
  expect(parseProcessStatus("Name:\tnode\nUid:\t1000\t1000\nVmRSS:\t    1024 kB\n")).toEqual({
    name: "node",
    uid: 1000,
    memory: 1048576,
  });
  expect(parseProcessStatus("Name:\tkworker/0:1\nUid:\t0\t0\n")?.memory).toBe(0);
  expect(parseProcessStatus("")).toBeUndefined();
});

test("a script is named with its interpreter, other arguments never are", () => {
  expect(processName("/usr/bin/node\0--inspect\0/srv/app/hub.js\0--token=secret\0", "node")).toBe(
    "node hub.js",
  );
  expect(processName("/usr/bin/mysql\0--password=secret\0", "mysql")).toBe("mysql");
  expect(processName("python3\0-c\0print('secret')\0", "python3")).toBe("python3");
  expect(processName("sh\0-c\0secret\0", "sh")).toBe("sh");
  expect(processName("/opt/chromium/chromium --type=renderer --token=secret", "chromium")).toBe(
    "chromium",
  );
  expect(processName("postgres: writer \0", "postgres")).toBe("postgres: writer");
  expect(processName("", "kworker/0:1")).toBe("kworker/0:1");
});

test("options that take a value are not taken for the script", () => {
  expect(processName("node\0--import\0file:///a/b.mjs\0-r\0c.cjs\0/srv/hub.js\0", "node")).toBe(
    "node hub.js",
  );
});

test("a script whose name says nothing is told with its folder", () => {
  expect(processName("node\0/srv/packages/cli/src/main.ts\0serve\0", "node")).toBe(
    "node cli/main.ts",
  );
  expect(processName("node\0index.js\0", "node")).toBe("node index.js");
});

test("users are named by number", () => {
  const users = parseUsers("root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n");
  expect(users.get(1000)).toBe("ada");
  expect(users.get(7)).toBeUndefined();
});
