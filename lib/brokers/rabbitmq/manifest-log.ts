import { z } from 'zod'
import type { ModeManifest } from '../contract.ts'
import { workSettings } from '../work.ts'
import { FIXED, PREFETCH_MAX } from './consumer-settings.ts'
import { streamFact } from './life-facts.ts'
import { logSnippets } from './snippets/log.ts'

/** Acks are a stream reader's credit: enough of it that a round trip never holds it up. */
const DEFAULT_PREFETCH = 100
const AGE_MAX_HOURS = 8_760
const LENGTH_MAX_BYTES = 10_000_000_000
const OFFSET_MAX_CHARS = 40

export const streamSettings = z.object({
  maxAgeHours: z
    .number()
    .int()
    .min(0)
    .max(AGE_MAX_HOURS)
    .default(0)
    .describe('Older messages may be dropped, a whole segment at a time; 0 = kept'),
  maxLengthBytes: z
    .number()
    .int()
    .min(0)
    .max(LENGTH_MAX_BYTES)
    .default(0)
    .describe('Beyond this size the oldest may be dropped, a whole segment at a time; 0 = kept'),
})

export const readerSettings = z.object({
  from: z
    .enum(['first', 'last', 'next', 'number', 'timestamp'])
    .default('next')
    .describe('Where it begins: the oldest, the last batch written, only what comes, an offset, or a time'),
  offset: z
    .string()
    .max(OFFSET_MAX_CHARS)
    .default('')
    .describe('The offset, or the time as 2026-11-26T09:30:00Z, where it begins at one of these'),
  prefetch: z
    .number()
    .int()
    .min(1)
    .max(PREFETCH_MAX)
    .default(DEFAULT_PREFETCH)
    .describe('How many messages may be on their way to it; a stream asks for a limit'),
  processingMs: workSettings.processingMs,
})
export type ReaderSettings = z.infer<typeof readerSettings>

export const logMode: ModeManifest = {
  noun: 'stream',
  consumerNoun: 'reader',
  can: {
    groups: false,
    settle: false,
    commit: false,
    pause: true,
    crash: true,
    keepsForAbsent: true,
    replay: true,
    deadLetters: false,
    alter: false,
    lossyWithoutListeners: false,
    key: null,
    headers: true,
  },
  destinationSettings: streamSettings,
  consumerSettings: readerSettings,
  startsAtEnd: ({ from }) => from === 'next',
  messageSettings: z.object({}),
  scene: { entry: { word: 'append', shape: 'append' }, store: 'log' },
  snippets: logSnippets,
  fact: streamFact,
  starter: { name: 'journal', settings: {}, consumers: [{ name: 'reader-1' }, { name: 'reader-2' }] },
  receiptNoun: 'confirmed',
  publishCommand: 'basic.publish',
  empty: { strong: 'Nothing read yet.', rest: 'All of it is kept, and every reader reads all of it.' },
  lacks: {
    groups: 'Every reader of a RabbitMQ stream reads all of it; there are no groups that share it.',
    settle: 'Reading takes nothing out of a stream, so there is nothing to settle.',
    commit: 'Over AMQP 0-9-1 a RabbitMQ stream stores no position for its readers; each keeps its own.',
    deadLetters: 'Nothing leaves a stream by being rejected, so it has no dead letters.',
    alter: FIXED,
    key: 'A stream is one line: a key has nothing to choose.',
  },
}
