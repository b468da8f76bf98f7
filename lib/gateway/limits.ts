/** What protects the server from its sockets, and none of which is part of the protocol. Limits that a person can meet are in `lib/protocol/limits.ts`. */

/**
 * Milliseconds of each frame that may go into sending batches at once instead of at the frame's end. An eighth of a
 * frame: a lone message never waits, and a burst, or a crowd of sockets, soon costs one batch a frame.
 */
export const IMMEDIATE_MS_PER_FRAME = 2

/**
 * Batches that may leave at once whatever they cost, up to half of each frame: how many can be saved up, and how many are
 * regained in a frame. A message to each of three brokers makes a dozen (receipts, deliveries, acknowledgements, commits),
 * and none of them may wait; from 500 a second on it is a burst.
 */
export const IMMEDIATE_BATCHES_MAX = 24
export const IMMEDIATE_BATCHES_PER_FRAME = 8

/**
 * During a burst a frame lasts at least as long as CROWD_FRAME_BATCHES batches take to send, but no longer than
 * CROWD_FRAME_MAX_MS: to 500 phones one batch takes 8 ms, and a batch in each frame of 16 ms would leave the server half a
 * processor for everything else.
 */
export const CROWD_FRAME_BATCHES = 4
export const CROWD_FRAME_MAX_MS = 50

/** Characters of content in one batch: 2,000 events of the longest texts would otherwise be one packet of 16 MiB. */
export const BATCH_MAX_CHARS = 256 * 1024

/**
 * Bytes that a socket has not taken, beyond what its kernel buffers, before live delivery stops for it. A second or
 * two of a busy room; small enough to drain within the ping timeout on a slow line.
 */
export const SEND_BUFFER_BEHIND_BYTES = 2 * 1024 * 1024

/** Bytes that a socket has not taken at which its connection is cut: it goes on sending commands without reading. */
export const SEND_BUFFER_CUT_BYTES = 8 * 1024 * 1024

/** Bytes that all sockets together may have not taken, beyond which each may hold only its share; and the least that a share may be. */
export const BACKLOG_MAX_BYTES = 128 * 1024 * 1024
export const BACKLOG_LEAST_BYTES = 64 * 1024

/** Sockets that one client address may have connected. A workshop behind one address is smaller; a page has one. */
export const SOCKETS_MAX_PER_ADDRESS = 1_000

/** Connections that one client address may make: a hall behind one address comes, and comes back, all at once. */
export const CONNECTIONS_PER_SECOND = 50
export const CONNECTIONS_BURST = 1_000

/** When to try again, for a socket that has as many commands without a reply as it may send at once. */
export const RUNNING_RETRY_MS = 1_000

/**
 * What one socket usually sends, in units: one for each packet, and one for each INFLOW_BYTES_PER_UNIT bytes of it. Twice what
 * its commands may be, and the longest texts.
 */
export const INFLOW_BYTES_PER_UNIT = 1_024
export const INFLOW_PER_SECOND = 200
export const INFLOW_BURST = 1_000

/** What all sockets together may send beyond that: a quarter of a processor. Refusing a packet takes 50 µs. */
export const EXCESS_PER_SECOND = 5_000
export const EXCESS_BURST = 10_000

/** What a queued packet costs beside its data. */
export const PACKET_OVERHEAD_BYTES = 128

/** Largest packet a socket may send: a message with its longest text and all its headers, escaped, and room to spare. */
export const PACKET_MAX_BYTES = 256 * 1024

/** How often the server asks whether a socket is there, and how long it waits: a dead one leaves the room in 20 s. */
export const PING_INTERVAL_MS = 10_000
export const PING_TIMEOUT_MS = 10_000

/** The longest that a reply to a send waits for the delivery: most brokers deliver sooner, and nobody notices so little. */
export const REPLY_DELAY_MAX_MS = 2
