/**
 * Every limit that a user, a socket or a caller of the HTTP API can meet. Each is shown where it bites.
 */

/** Longest text of a message, in bytes of UTF-8. */
export const TEXT_MAX_BYTES = 8 * 1024
/** Programs outside may write longer bodies; an event carries this much and says how much it leaves out. */
export const OUTSIDE_TEXT_MAX_BYTES = 64 * 1024
/** Longest key (Kafka partition key, RabbitMQ routing key): AMQP's short string allows 255 bytes. */
export const KEY_MAX_BYTES = 255
/** Headers of one message: how many, and how long each name and value may be, in characters. */
export const HEADERS_MAX = 32
export const HEADER_NAME_MAX_CHARS = 128
export const HEADER_VALUE_MAX_CHARS = 1024
/**
 * What rides beside an outside message's body: as many fields, and characters of them, as an event carries; the rest is
 * counted.
 */
export const FIELDS_MAX = 128
export const FIELDS_MAX_CHARS = 32 * 1024

/** Events a room remembers, whichever limit is met first. */
export const HISTORY_MAX_EVENTS = 20_000
export const HISTORY_MAX_BYTES = 16 * 1024 * 1024
/** Messages of ours a room can still recognise when a broker hands them back, however old. */
export const SENT_TABLE_MAX = 100_000
/** All rooms together: bytes of history, and messages, ours and others', that can be recognised. The largest rooms give way. */
export const HISTORIES_MAX_BYTES = 128 * 1024 * 1024
export const MESSAGES_MAX = 400_000

/** Commands that one socket, or one connection over HTTP, may send: sustained per second, and at once. */
export const COMMANDS_PER_SECOND = 100
export const COMMANDS_BURST = 150
/**
 * The same for all HTTP connections of one client address: those of a workshop of 40 behind one address, whose scripts
 * send 25 a second each.
 */
export const ADDRESS_COMMANDS_PER_SECOND = 1_000
export const ADDRESS_COMMANDS_BURST = 1_500
/** The same for a participant over all of their sockets and connections: who has a token may open many. */
export const PERSON_COMMANDS_PER_SECOND = 200
export const PERSON_COMMANDS_BURST = 300
/**
 * Newcomers that one client address may bring into rooms by their codes: a hall behind one address at once, then so many
 * a second.
 */
export const JOINS_PER_SECOND = 10
export const JOINS_BURST = 1_000

/** A room that nobody watches for this long lets its consumers leave. */
export const ROOM_IDLE_MS = 60_000
/** The longest a publish waits for a waking room's consumers where it would otherwise be lost. */
export const WAKE_WAIT_MS = 2_000

export const ROOMS_MAX = 200
/** A room that nobody visits for so long is closed, with all that is its own; the lobby never. */
export const ROOM_UNVISITED_MS = 24 * 60 * 60 * 1000
export const PEOPLE_MAX_PER_ROOM = 1_000
/** What a broker has is listed as far as one can choose from it. */
export const FOUND_DESTINATIONS_MAX = 100
/** Messages of one page of what a destination keeps: unless asked otherwise, and at most. */
export const BROWSE_PAGE_MESSAGES = 50
export const BROWSE_PAGE_MAX_MESSAGES = 100
/** About how many bytes of bodies and metadata such a page holds; one message at least, however long. */
export const BROWSE_PAGE_MAX_BYTES = 256 * 1024
/** A position in a topic names each of its partitions: this is some 500 of them. */
export const BROWSE_POSITION_MAX_CHARS = 8 * 1024
/** Pages of one room that are being read from brokers at once: each costs its broker a connection or a channel. */
export const BROWSES_MAX_PER_ROOM = 4
export const DESTINATIONS_MAX_PER_ROOM = 24
/** A hall of 500 phones on one destination, and those that the room has of its own. */
export const CONSUMERS_MAX_PER_DESTINATION = 600
/** How long a seat stays its owner's whose device is gone. */
export const SEAT_AWAY_MAX_MS = 30 * 60_000
/** Longest text of a scene file, in characters: several times what a full room takes. */
export const SCENE_FILE_MAX_CHARS = 256 * 1024
/** Longest text of a lesson file, in characters: several times what the longest of ours takes. */
export const LESSON_FILE_MAX_CHARS = 64 * 1024
/** Added in all rooms together, beside those that every room has: each has connections of its own. */
export const ADDED_CONSUMERS_MAX = 2_000

/** One frame at 60 Hz: the longest a batch of events waits before it is sent to browsers. */
export const FRAME_MS = 16
/** Events in one batch or one page of catching up. */
export const BATCH_MAX_EVENTS = 2_000
/** Bytes of one page, as history counts them: what a reader of events costs that asks and then reads no further. */
export const PAGE_MAX_BYTES = 256 * 1024
/**
 * All pages that callers have asked for and not taken, together: with many readers each page is a share of it, and the
 * least that it may be.
 */
export const PAGES_MAX_BYTES = 32 * 1024 * 1024
export const PAGE_LEAST_BYTES = 16 * 1024
/**
 * Answers of events that one client address may be reading at once: those of a workshop of 40 behind one address,
 * several each.
 */
export const EVENT_STREAMS_MAX_PER_ADDRESS = 400

/** Settings in one command: how many, and how long each name and value may be, in characters. */
export const SETTINGS_MAX = 64
export const SETTING_MAX_CHARS = 1_024
/** A moment that a date can hold, Unix time in milliseconds. */
export const TIME_MAX_MS = 8_640_000_000_000_000

/** The load generator's bounds. The least rate is a message in a hundred seconds; 0 stands for as fast as can be. */
export const LOAD_RATE_MIN_PER_SECOND = 0.01
export const LOAD_RATE_MAX_PER_SECOND = 100_000
export const LOAD_COUNT_MAX = 1_000_000
/** Different keys a load may spread its messages over. */
export const LOAD_KEYS_MAX = 1_000
