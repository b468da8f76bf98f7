import { z } from 'zod'
import type { Draft, ModeManifest, Preview, PreviewPlace } from '#lib/brokers/contract.ts'
import { processingSettings } from '#lib/brokers/kit/simulated-processing.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { streamFact } from './life-facts.ts'
import { maxLength } from './manifest-queue.ts'
import { logSnippets } from './snippets/log.ts'

export const logDestinationSettings = z.object({ maxLength })
export type LogSettings = z.infer<typeof logDestinationSettings>

export const logConsumerSettings = z.object({
  from: z
    .enum(['new', 'beginning', 'id'])
    .default('new')
    .describe(
      'Where it starts: at what is appended from now on, at the oldest entry kept, or after an entry',
    ),
  id: z
    .string()
    .regex(/^(\d{1,20}(-\d{1,20})?)?$/, 'an entry id: 1700000000000-0')
    .default('')
    .describe('With id: it reads what comes after this entry (XREAD), for example 1700000000000-0'),
  processingMs: processingSettings.processingMs,
})
export type ReaderSettings = z.infer<typeof logConsumerSettings>

/** Throws AppError `invalid` where the settings name no entry to start after. */
export function mustName(settings: ReaderSettings): ReaderSettings {
  if (settings.from !== 'id' || settings.id !== '') return settings
  throw new AppError('invalid', 'to start after an entry, give its id', { detail: { field: 'settings' } })
}

const preview = (_draft: Draft, { consumers }: PreviewPlace): Preview => ({
  kind: 'consumers',
  names: consumers.filter(({ state }) => state === 'attached' || state === 'paused').map(({ name }) => name),
})

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
    alter: true,
    lossyWithoutListeners: false,
    key: null,
    headers: true,
  },
  destinationSettings: logDestinationSettings,
  consumerSettings: logConsumerSettings,
  startsAtEnd: ({ from }) => from === 'new',
  messageSettings: z.object({}),
  scene: { entry: { word: 'XADD', shape: 'append' }, store: 'log' },
  snippets: logSnippets,
  fact: streamFact,
  starter: { name: 'feed', settings: {}, consumers: [{ name: 'reader-1' }, { name: 'reader-2' }] },
  preview,
  receiptNoun: 'stored',
  publishCommand: 'XADD',
  empty: { strong: 'At the end of the stream.', rest: 'You read what is appended from now on.' },
  lacks: {
    groups:
      'Every reader of a Redis stream reads all of it by itself; sharing takes a consumer group, which is a queue.',
    settle: 'Reading a Redis stream takes nothing out of it, so there is nothing to acknowledge.',
    commit: 'Redis keeps no position for a reader without a group: each remembers its own.',
    deadLetters: 'Nobody takes anything out of a log, so nothing is given up on.',
  },
}
