/**
 * Headers that the driver writes on every record. A caller's would be replaced, so they are refused by name;
 * content type and event type are the caller's to say.
 */
export const RESERVED_HEADERS: readonly string[] = ['ce_id', 'ce_source', 'ce_specversion', 'ce_sender']
