import type { Can, ModeProfile, SystemProfile, Varying } from '../contract.ts'

/** What a stream can do, however it is read. */
const STREAM_CAN: Can = {
  groups: false,
  settle: false,
  commit: false,
  pause: true,
  crash: true,
  keepsForAbsent: true,
  replay: false,
  browse: true,
  deadLetters: false,
  alter: true,
  lossyWithoutListeners: false,
  poison: false,
  skip: false,
  key: null,
  headers: true,
}

export const queueProfile: ModeProfile = {
  noun: 'stream',
  consumerNoun: 'worker',
  can: { ...STREAM_CAN, settle: true, deadLetters: true, poison: true },
  ownUse: ['claimIdleMs', 'maxAttempts', 'deadLetters'],
  drawing: { entry: { word: 'XADD', shape: 'append' }, store: 'queue' },
  starter: { name: 'jobs', settings: {}, consumers: [{ name: 'worker-1' }, { name: 'worker-2' }] },
  seat: { settings: { ackMode: 'manual', prefetch: 1 } },
  receiptNoun: 'stored',
  publishCommand: 'XADD',
  unackedAfterCrash: 'pending',
  whenFrozen: 'Redis notices nothing. What it held stays pending until another worker takes it over.',
  whenPoisoned:
    'Whoever fails gives it back, and another worker claims it, until its attempts are used up: it goes to the dead letters then. Without a maximum it goes round for ever.',
  keepsSettled: true,
  empty: { strong: 'No jobs yet.', rest: 'The next one may be yours.' },
  lacks: {
    replay: 'A worker’s group hands each entry out once: to read a stream again, read it as a log.',
    groups: 'All workers of a Redis queue are one consumer group, which shares the work.',
    commit: 'Redis workers acknowledge each entry; there is no position to commit.',
  },
}

/**
 * A queue whose `kind` is `list`: its elements are bare texts without metadata, and what a worker gives up on has nowhere
 * to go.
 */
export const listProfile: ModeProfile = {
  ...queueProfile,
  keepsSettled: false,
  noun: 'list',
  can: { ...queueProfile.can, deadLetters: false, alter: false, poison: false, headers: false },
  drawing: { entry: { word: 'LPUSH', shape: 'append' }, store: 'queue' },
  publishCommand: 'LPUSH',
  lacks: {
    replay: 'An element leaves the list when it is handed out: there is nothing to read again.',
    groups: 'All workers of a Redis list take from the same list.',
    commit: 'Workers of a Redis list acknowledge each element; there is no position to commit.',
    deadLetters: 'A list has no dead letters to read: what is rejected is gone.',
    alter: 'A list is its elements and nothing else: it has no length, attempts or idle times to change.',
    headers: 'An element of a Redis list is its text and nothing else.',
    poison:
      'An element of a Redis list carries no header, so none can be poison: a worker that fails at all it gets shows the same.',
  },
}

/** The lobby's own channel. */
const chatroom = {
  name: 'chatroom',
  settings: {},
  consumers: [{ name: 'subscriber-1' }, { name: 'subscriber-2' }],
}

/** Redis's limit for a subscriber is 32 MB; the sockets on the way hold some more. */
const OVERFLOW_BYTES = 48 * 1024 * 1024

export const fanoutProfile: ModeProfile = {
  noun: 'channel',
  consumerNoun: 'subscriber',
  can: {
    ...STREAM_CAN,
    browse: false,
    keepsForAbsent: false,
    alter: false,
    lossyWithoutListeners: true,
    key: 'sub-channel',
    headers: false,
  },
  drawing: { entry: { word: 'PUBLISH', shape: 'publish' }, store: 'wire' },
  starter: chatroom,
  receiptNoun: 'heard',
  publishCommand: 'PUBLISH',
  whenFrozen:
    'Redis writes on: its output buffer grows, and at its limit (32 MB, or 8 MB for a minute) Redis drops the subscriber.',
  overflowsAfterBytes: OVERFLOW_BYTES,
  empty: { strong: 'Listening.', rest: 'You hear only what is sent from now on.' },
  lacks: {
    replay: 'Redis pub/sub keeps no copy, so nothing can be read again.',
    browse: 'Redis pub/sub keeps nothing, so there is nothing to look at.',
    groups: 'Every subscriber of a Redis channel gets its own copy.',
    settle: 'Redis pub/sub has no acknowledgements.',
    commit: 'Redis pub/sub has no positions.',
    headers: 'Redis pub/sub carries the text and nothing else.',
    poison: 'A channel carries no header, and its subscribers only listen: nothing fails at a message.',
    keepsForAbsent: 'Redis pub/sub keeps nothing: what is sent while a subscriber is away is lost to it.',
    deadLetters: 'Redis pub/sub keeps nothing, so there is nothing to give up on.',
    alter: 'A Redis channel has no settings: it exists while somebody listens.',
  },
}

export const logProfile: ModeProfile = {
  noun: 'stream',
  consumerNoun: 'reader',
  can: { ...STREAM_CAN, replay: true },
  drawing: { entry: { word: 'XADD', shape: 'append' }, store: 'log' },
  starter: { name: 'feed', settings: {}, consumers: [{ name: 'reader-1' }, { name: 'reader-2' }] },
  receiptNoun: 'stored',
  publishCommand: 'XADD',
  whenFrozen: 'Redis notices nothing: the stream keeps all, and it reads on where it stood.',
  empty: { strong: 'At the end of the stream.', rest: 'You read what is appended from now on.' },
  lacks: {
    groups:
      'Every reader of a Redis stream reads all of it by itself; sharing takes a consumer group, which is a queue.',
    settle: 'Reading a Redis stream takes nothing out of it, so there is nothing to acknowledge.',
    commit: 'Redis keeps no position for a reader without a group: each remembers its own.',
    deadLetters: 'Nobody takes anything out of a log, so nothing is given up on.',
    poison: 'Readers of a stream only read: a poison message passes like any other.',
  },
}

/** A stream with a group, or a bare list, which can do less: its settings decide. */
const queue: ModeProfile & Varying<ModeProfile> = {
  ...queueProfile,
  variant: ({ kind }) => (kind === 'list' ? listProfile : queueProfile),
}

export const profile: SystemProfile = {
  id: 'redis',
  label: 'Redis',
  defaultPort: 6379,
  urlVariable: 'REDIS_URL',
  look: { hue: 'redis', glyph: 'g-redis' },
  modes: { queue, fanout: fanoutProfile, log: logProfile },
  classic: { mode: 'fanout', ...chatroom },
  // Such as `__keyspace@0__:…`, on which Redis itself publishes.
  internalNames: /^__/,
  whenKilled: 'It comes back with its append-only file, which may lack the last second.',
  crashNoticedAfterMs: 0,
}
