import { describe, expect, test } from "vitest";
import { createHub } from "./hub.ts";
import { type HubOptions, optionFault, optionTable, resolveOptions } from "./options.ts";

describe("O1", () => {
  test("O1 every option has a flag, an environment name and a sentence of its own", () => {
    for (const names of [
      optionTable.map((o) => o.flag),
      optionTable.map((o) => o.env),
      optionTable.map((o) => o.sentence),
    ])
      expect(new Set(names).size).toBe(optionTable.length);
    expect(optionTable.find((o) => o.key === "limits.payloadBytesMax")).toMatchObject({
      flag: "--payload-bytes-max",
      env: "FANWIRE_PAYLOAD_BYTES_MAX",
      default: 65_536,
      unit: "bytes",
    });
    for (const row of optionTable) expect(row.sentence).toMatch(/\.$|\)\.$/u);
  });

  test("O1 defaults fit their own bounds and do not contradict each other", () => {
    for (const row of optionTable) expect(optionFault(row, row.default), row.key).toBeUndefined();
    expect(resolveOptions({})).toMatchObject({ port: 7400, payloadBytesMax: 65_536 });
  });

  test("O1 a value at a bound stands, one beyond it does not, nor one of another type", () => {
    for (const row of optionTable.filter((o) => o.type === "integer")) {
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = row;
      expect(optionFault(row, min)).toBeUndefined();
      expect(optionFault(row, max)).toBeUndefined();
      for (const value of [min - 1, max + 1, min + 0.5, String(min), null, Number.NaN])
        expect(optionFault(row, value), `${row.key} ${String(value)}`).toContain(
          `${row.key} must be a whole number`,
        );
    }
    for (const row of optionTable.filter((o) => o.type === "text"))
      for (const value of [1, ""]) expect(optionFault(row, value)).toContain("must be a text");
  });

  test.each<[HubOptions, string]>([
    [{ port: 70_000 }, "port must be a whole number from 0 to 65535, not 70000."],
    [{ prot: 1 } as never, 'There is no option "prot".'],
    [{ limits: { payloadBytes: 1 } as never }, 'There is no option "limits.payloadBytes".'],
    [{ payloadBytesMax: 1 } as never, "Is it limits.payloadBytesMax?"],
    [
      { limits: { batchBytesMax: 65_536 } },
      "must be at least limits.payloadBytesMax (65536) + 4096",
    ],
    [{ limits: { unsentBytesMax: 100_000 } }, "must be at least twice limits.payloadBytesMax"],
    [{ path: "hub" }, 'path must begin with "/"'],
  ])("O1 %j stops the start", (options, sentence) => {
    expect(() => createHub(options)).toThrow(TypeError);
    expect(() => createHub(options)).toThrow(sentence);
  });
});
