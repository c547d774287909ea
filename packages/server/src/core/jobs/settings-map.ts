// The settings of a queue as a map of the envelope: for the wire, and for what is written down.

import type { EnvelopeValue } from "@fanwire/protocol";
import type { QueueSettings } from "../queues/queue-settings.ts";

export function settingsMap(settings: QueueSettings): Map<string, EnvelopeValue> {
  return new Map<string, EnvelopeValue>(Object.entries(settings) as [string, EnvelopeValue][]);
}
