import {
  authOk,
  downFrames,
  type FrameHead,
  publishOk,
  type Frame,
  PublishView,
  readHead,
  Reader,
  readPatternPublication,
  readPublication,
  subscribeOk,
  upFrames,
  UpReader,
} from "@fanwire/protocol";
import { bytesOf, hex, toHex } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { downVectors, malformedVectors, upVectors } from "./vectors.ts";

const plain = (digits: string): string => digits.replaceAll(" ", "");

/** What describes a frame: for an OK, what the vector's frame has beside its id tells. */
function describedBy(frame: { readonly op: number }): Frame<{ readonly op: number }> {
  if ("outcomes" in frame) return subscribeOk;
  if ("alias" in frame) return publishOk;
  if ("expires" in frame && frame.op === authOk.op) return authOk;
  return [...upFrames, ...downFrames].find(({ op }) => op === frame.op) as Frame<{
    readonly op: number;
  }>;
}

function readOne(digits: string, described: Frame<{ readonly op: number }>): unknown {
  const r = new Reader().reset(hex(digits));
  const head: FrameHead = { count: 0, op: 0 };
  readHead(r, head);
  expect(head.op).toBe(described.op);
  const frame = described.read(r, head.count);
  expect([r.fault, r.left]).toEqual(["", 0]);
  return frame;
}

describe("F17 vectors", () => {
  test.each([...upVectors, ...downVectors])("F17 $name is read", (vector) => {
    expect(readOne(vector.hex, describedBy(vector.frame))).toEqual(vector.frame);
  });

  test.each([...upVectors, ...downVectors].filter(({ isLong }) => isLong !== true))(
    "F17 $name is written",
    ({ hex: digits, frame }) => {
      expect(toHex(bytesOf(describedBy(frame), frame))).toBe(plain(digits));
    },
  );

  test("F17 there is a vector for every frame but HELLO, which a live session does not send", () => {
    const ops = new Set([...upVectors, ...downVectors].map(({ frame }) => frame.op));
    const described = [...upFrames, ...downFrames].map(({ op }) => op).filter((op) => op !== 1);
    expect([...ops].toSorted((a, b) => a - b)).toEqual(described.toSorted((a, b) => a - b));
  });
});

describe("F20 vectors", () => {
  test.each(upVectors.filter(({ frame }) => frame.op === 5))(
    "F20 the hub's view of $name",
    ({ hex: digits, frame }) => {
      const r = new Reader().reset(hex(digits));
      const view = new UpReader().next(r) as PublishView;
      expect(view).toBeInstanceOf(PublishView);
      const topic =
        view.alias >= 0
          ? view.alias
          : Buffer.from(r.bytes.subarray(view.topicFrom, view.topicTo)).toString();
      const payload = r.bytes.slice(view.payloadFrom, view.payloadTo);
      const { op, id, options, encoding, meta } = view;
      expect({ op, id, topic, options, encoding, meta, payload }).toEqual(frame);
    },
  );

  test.each(downVectors.filter(({ frame }) => frame.op === 36 || frame.op === 37))(
    "F20 the client's reading of $name",
    ({ hex: digits, frame }) => {
      const r = new Reader().reset(hex(digits));
      const head: FrameHead = { count: 0, op: 0 };
      readHead(r, head);
      const read =
        frame.op === 36 ? readPublication(r, head.count) : readPatternPublication(r, head.count);
      expect(read).toEqual(frame);
      expect([r.fault, r.left]).toEqual(["", 0]);
    },
  );
});

describe("F12 vectors", () => {
  // two of them are well formed and malformed only for a session: see hub.test.ts
  const bySession = new Set(["a second HELLO", "SEEN beyond what was sent"]);
  test.each(malformedVectors.filter(({ name }) => !bySession.has(name)))(
    "F12 $name is no frame",
    ({ hex: digits }) => {
      const r = new Reader().reset(hex(digits));
      expect(new UpReader().next(r)).toBeUndefined();
      expect(r.fault).not.toBe("");
      expect(r.left).toBe(0);
    },
  );
});
