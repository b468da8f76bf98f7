import type { ModeProfile, SystemProfile } from '../contract.ts'

/** Why no destination of RabbitMQ can be altered. */
export const FIXED =
  'RabbitMQ fixes what a destination is when it is made; only policies, set by an operator, change some of it later.'

const everyMode = {
  receiptNoun: 'confirmed',
  publishCommand: 'basic.publish',
  can: { groups: false, commit: false, pause: true, crash: true, alter: false, skip: false, headers: true },
  lacks: { alter: FIXED },
}

/** The lobby's queue, declared as a plain client would. */
const mailbox = {
  name: 'mailbox',
  settings: {},
  consumers: [{ name: 'worker-1' }, { name: 'worker-2' }],
}

const HEARTBEATS = 'RabbitMQ misses two heartbeats, which takes up to 30 s, and closes the connection'

export const queueProfile: ModeProfile = {
  ...everyMode,
  noun: 'queue',
  consumerNoun: 'worker',
  can: {
    ...everyMode.can,
    settle: true,
    keepsForAbsent: true,
    replay: false,
    browse: false,
    deadLetters: true,
    lossyWithoutListeners: false,
    poison: true,
    key: null,
  },
  drawing: { entry: { word: 'exchange', shape: 'exchange' }, store: 'queue' },
  starter: mailbox,
  whenFrozen: `${HEARTBEATS}. What it held goes back to the queue.`,
  whenPoisoned:
    'Whoever fails gives it back, and it comes again: a classic queue never gives up, a quorum queue does at its delivery limit. Workers that reject instead end it at once.',
  seat: { settings: { ackMode: 'manual', prefetch: 1 } },
  empty: { strong: 'No jobs yet.', rest: 'The next one may be yours.' },
  lacks: {
    replay: 'A RabbitMQ queue forgets a message once it is acknowledged.',
    browse:
      'RabbitMQ shows a message of a queue only to whoever takes it out: put back, it counts as redelivered. Looking would change what you look at.',
    groups: 'Every worker on a RabbitMQ queue shares the same queue.',
    commit: 'RabbitMQ workers acknowledge each message; there is no position to commit.',
    ...everyMode.lacks,
    key: "The default exchange routes by the queue's own name, so a key has nothing to choose.",
  },
}

export const fanoutProfile: ModeProfile = {
  ...everyMode,
  noun: 'exchange',
  consumerNoun: 'subscriber',
  can: {
    ...everyMode.can,
    settle: true,
    keepsForAbsent: false,
    replay: false,
    browse: false,
    deadLetters: false,
    lossyWithoutListeners: true,
    poison: true,
    key: 'routing-key',
  },
  drawing: { entry: { word: 'exchange', shape: 'exchange' }, store: 'queues' },
  starter: {
    name: 'announcements',
    settings: {},
    consumers: [{ name: 'subscriber-1' }, { name: 'subscriber-2' }],
  },
  seat: { settings: { ackMode: 'manual' } },
  whenFrozen: `${HEARTBEATS}. Its own queue goes with it.`,
  whenPoisoned:
    'Each subscriber fails at its own copy, which comes again to it alone, until it rejects it or leaves.',
  empty: { strong: 'Bound and listening.', rest: 'Your own queue gets a copy of what is sent from now on.' },
  lacks: {
    keepsForAbsent: "A subscriber's own queue goes when it goes, so nothing waits for it.",
    browse:
      'An exchange keeps nothing, and a message in a subscriber’s own queue is shown only to whoever takes it out.',
    replay: 'An exchange keeps nothing, and a queue forgets a message once it is acknowledged.',
    groups: 'Every subscriber of an exchange has a queue of its own.',
    commit: 'RabbitMQ subscribers acknowledge each message; there is no position to commit.',
    deadLetters: "A subscriber's own queue keeps no dead letters: what it rejects is gone.",
    ...everyMode.lacks,
  },
}

export const logProfile: ModeProfile = {
  ...everyMode,
  noun: 'stream',
  consumerNoun: 'reader',
  can: {
    ...everyMode.can,
    settle: false,
    keepsForAbsent: true,
    replay: true,
    browse: true,
    deadLetters: false,
    lossyWithoutListeners: false,
    poison: false,
    key: null,
  },
  drawing: { entry: { word: 'append', shape: 'append' }, store: 'log' },
  starter: { name: 'journal', settings: {}, consumers: [{ name: 'reader-1' }, { name: 'reader-2' }] },
  whenFrozen: `${HEARTBEATS}. The stream keeps all; it reads on where it stood.`,
  empty: { strong: 'Nothing read yet.', rest: 'All of it is kept, and every reader reads all of it.' },
  lacks: {
    groups: 'Every reader of a RabbitMQ stream reads all of it; there are no groups that share it.',
    settle: 'Reading takes nothing out of a stream, so there is nothing to settle.',
    commit: 'Over AMQP 0-9-1 a RabbitMQ stream stores no position for its readers; each keeps its own.',
    deadLetters: 'Nothing leaves a stream by being rejected, so it has no dead letters.',
    poison: 'Readers of a stream only read: a poison message passes like any other.',
    ...everyMode.lacks,
    key: 'A stream is one line: a key has nothing to choose.',
  },
}

export const profile: SystemProfile = {
  id: 'rabbitmq',
  label: 'RabbitMQ',
  defaultPort: 5672,
  urlVariable: 'RABBITMQ_URL',
  look: { hue: 'rabbit', glyph: 'g-rabbitmq' },
  modes: { queue: queueProfile, fanout: fanoutProfile, log: logProfile },
  classic: { mode: 'queue', ...mailbox },
  // Reserved by AMQP 0-9-1.
  internalNames: /^amq\./,
  whenKilled: 'What is durable and persistent comes back. A queue or message that is not is lost.',
  crashNoticedAfterMs: 0,
}
