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
    [{ rules: [] } as never, ", topics, queues, auth.issuers, logger."],
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

describe("H1", () => {
  test("H1 rules are checked, and what is left out takes its default", () => {
    const { topics } = resolveOptions({
      topics: [
        { match: "a.**", history: true },
        { match: "b", history: { count: 5 } },
        { match: "c", history: false },
        { match: "**" },
      ],
    });
    expect(topics).toEqual([
      {
        match: "a.**",
        history: { count: 1000, bytes: 4_194_304, ageMs: 600_000 },
        from: false,
        state: false,
        durable: false,
        discard: false,
      },
      {
        match: "b",
        history: { count: 5, bytes: 4_194_304, ageMs: 600_000 },
        from: false,
        state: false,
        durable: false,
        discard: false,
      },
      { match: "c", history: null, from: false, state: false, durable: false, discard: false },
      { match: "**", history: null, from: false, state: false, durable: false, discard: false },
    ]);
  });

  test.each<[unknown, string]>([
    [{}, "topics must be a list of rules."],
    [["a.*"], "topics[0] must be an object like"],
    [[{ history: true }], "topics[0].match must be a topic or pattern: it is missing."],
    [
      [{ match: "a..b" }],
      'topics[0].match must be a topic or pattern: "a..b" is none, it has an empty level',
    ],
    [
      [{ match: "a" }, { match: "b", forever: true }],
      'topics[1] has no "forever": it may hold match, history, state, from, durable, discard.',
    ],
    [[{ match: "a", history: "yes" }], "topics[0].history must be true, false, or an object"],
    [
      [{ match: "a", history: { size: 5 } }],
      'topics[0].history has no "size": it may hold count, bytes, ageMs.',
    ],
    [
      [{ match: "a", history: { count: 0 } }],
      "topics[0].history.count must be a whole number from 1 to 1000000, not 0.",
    ],
    [
      [{ match: "a", history: { ageMs: 1e12 } }],
      "topics[0].history.ageMs must be a whole number from 1 to 31622400000",
    ],
    [
      [{ match: "a", durable: true }],
      "topics[0].durable needs data: the directory where it is kept.",
    ],
    [[{ match: "a", durable: true, history: false }], "topics[0] is durable and keeps nothing"],
    [
      [{ match: "a", durable: true, discard: true }],
      "topics[0] cannot be durable and be discarded",
    ],
    [[{ match: "a", durable: 1 }], "topics[0].durable must be true or false."],
  ])("H1 %j stops the start", (topics, sentence) => {
    expect(() => createHub({ topics: topics as never })).toThrow(TypeError);
    expect(() => createHub({ topics: topics as never })).toThrow(sentence);
  });
});

describe("QH1", () => {
  const long = "x".repeat(124);

  test.each<[unknown, string]>([
    [{}, "queues must be a list."],
    [["q"], "queues[0] must be an object like"],
    [[{ leaseMs: 5000 }], "queues[0].name must be one level of a topic, not missing."],
    [[{ name: "a.b" }], 'queues[0].name must be one level of a topic, not "a.b".'],
    [[{ name: "q" }, { name: "q" }], "queues[1].name is there twice: q."],
    [[{ name: "q", leaseMs: 999 }], "queues[0]: leaseMs must be a whole number from 1000"],
    [[{ name: "q", deadLetter: "$sys" }], 'queues[0]: deadLetter: "$sys" is no name of a queue'],
    [[{ name: long }], "its own name with ~dead, is no name of a queue"],
    [[{ name: "q", durable: true }], "queues[0].durable needs data"],
  ])("QH1 queues %j stop the start", (queues, sentence) => {
    expect(() => createHub({ queues: queues as never })).toThrow(TypeError);
    expect(() => createHub({ queues: queues as never })).toThrow(sentence);
  });

  test("QH1 a queue with a long name needs only to say where its dead go", () => {
    const queues = [{ name: long, deadLetter: null }, { name: long.slice(1) }];
    expect(() => createHub({ queues })).not.toThrow();
  });
});
