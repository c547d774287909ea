// The script of the SharedWorker. The application bundles it, and gives `shareClient` what opens it.

import { serve } from "./workplace.ts";

addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) serve(port);
});
