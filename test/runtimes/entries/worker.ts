// workerd: sockets belong to a request, so the suite is run by one; the place is its body, outcomes are its answer, one a line.

import { type Place, runCases } from "../case.ts";
import { cases } from "../suite.ts";

const worker = {
  async fetch(request: Request): Promise<Response> {
    const place: Place = await request.json();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const text = new TextEncoder();
    void runCases(cases, place, (outcome) => {
      void writer.write(text.encode(`${JSON.stringify(outcome)}\n`));
    }).then(() => writer.close());
    return new Response(readable);
  },
};

export default worker;
