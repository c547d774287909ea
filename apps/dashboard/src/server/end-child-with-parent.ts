// Preloaded (`node --import`) into every child of the demo.
import { whenParentGone } from "../end-with-parent.ts";

const PATIENCE_MS = 3_000;

whenParentGone(() => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.exit(1), PATIENCE_MS).unref();
});
