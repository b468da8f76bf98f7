/** Headers that the driver writes on every record. A caller's would be replaced, so they are refused by name. */
export const RESERVED_HEADERS: readonly string[] = ['ce_id', 'ce_source', 'ce_specversion', 'ce_sender']
