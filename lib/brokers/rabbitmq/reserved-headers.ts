/**
 * Headers that the driver writes on every message. A caller's would be replaced, so they are refused by name;
 * content type and event type are the caller's to say.
 */
export const RESERVED_HEADERS: readonly string[] = [
  'cloudEvents_id',
  'cloudEvents_source',
  'cloudEvents_specversion',
  'cloudEvents_sender',
]
