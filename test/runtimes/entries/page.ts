// A page: the host calls `run`, and has given the page `tell`.

import { type Outcome, type Place, runCases } from "../case.ts";
import { cases } from "../suite.ts";

declare global {
  interface Window {
    run(place: Place): Promise<void>;
    tell(outcome: Outcome): void;
  }
}

window.run = (place) => runCases(cases, place, (outcome) => window.tell(outcome));
