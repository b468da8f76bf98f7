/**
 * Sent in the handshake's `auth.version`; a server of another version answers with `reload`. It stands by itself: a page that
 * only connects needs none of the schemas.
 */
export const PROTOCOL_VERSION = 2
