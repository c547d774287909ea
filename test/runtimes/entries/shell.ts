// Node, Deno and Bun: the place comes as an argument, outcomes go to standard output, one a line.

import { type Place, runCases } from "../case.ts";
import { cases } from "../suite.ts";

const place = JSON.parse(process.argv[2]!) as Place;
await runCases(cases, place, (outcome) => console.log(JSON.stringify(outcome)));
