import { z } from 'zod'
import type { Draft, ModeManifest, Preview, PreviewPlace } from '#lib/brokers/contract.ts'
import { processingSettings } from '#lib/brokers/kit/simulated-processing.ts'
import { matchesGlob } from './glob.ts'
import { channelFact } from './life-facts.ts'
import { fanoutSnippets } from './snippets/fanout.ts'

const PATTERN_MAX_CHARS = 128

export const fanoutConsumerSettings = z.object({
  listensTo: z
    .enum(['exact', 'pattern'])
    .default('exact')
    .describe('SUBSCRIBE to the channel itself, or PSUBSCRIBE to all whose names match a pattern'),
  pattern: z
    .string()
    .min(1)
    .max(PATTERN_MAX_CHARS)
    .default('*')
    .describe('With pattern: what follows the channel’s name; * any text, ? one byte, [ab] one of these'),
  processingMs: processingSettings.processingMs.describe(
    'How long it works on each message, in milliseconds; meanwhile it does not read',
  ),
})

/** A sub-channel's name on the broker. */
export const subChannel = (address: string, key: string | undefined): string =>
  key === undefined || key === '' ? address : `${address}.${key}`

/** The pattern to PSUBSCRIBE to: the address is meant literally, whatever characters it has. */
export const globOf = (address: string, pattern: string): string =>
  `${address.replace(/[*?[\]\\^]/g, '\\$&')}${pattern}`

/** The lobby's own channel. */
export const chatroom = {
  name: 'chatroom',
  settings: {},
  consumers: [{ name: 'subscriber-1' }, { name: 'subscriber-2' }],
}

/** Those who listen now to the channel, by its name or by a pattern. */
function preview({ key }: Draft, { consumers }: PreviewPlace): Preview {
  const rest = subChannel('', key)
  const hears = ({ settings, state }: PreviewPlace['consumers'][number]) => {
    if (state !== 'attached' && state !== 'paused') return false
    const { listensTo, pattern } = fanoutConsumerSettings.catch(EXACT).parse(settings)
    return listensTo === 'exact' ? rest === '' : matchesGlob(pattern, rest)
  }
  return { kind: 'consumers', names: consumers.filter(hears).map(({ name }) => name) }
}
const EXACT = { listensTo: 'exact', pattern: '*', processingMs: 0 } as const

export const fanoutMode: ModeManifest = {
  noun: 'channel',
  consumerNoun: 'subscriber',
  can: {
    groups: false,
    settle: false,
    commit: false,
    pause: true,
    crash: true,
    keepsForAbsent: false,
    replay: false,
    deadLetters: false,
    alter: false,
    lossyWithoutListeners: true,
    key: 'sub-channel',
    headers: false,
  },
  destinationSettings: z.object({}),
  consumerSettings: fanoutConsumerSettings,
  messageSettings: z.object({}),
  scene: { entry: { word: 'PUBLISH', shape: 'publish' }, store: 'wire' },
  snippets: fanoutSnippets,
  fact: channelFact,
  starter: chatroom,
  preview,
  receiptNoun: 'heard',
  publishCommand: 'PUBLISH',
  empty: { strong: 'Listening.', rest: 'You hear only what is sent from now on.' },
  lacks: {
    replay: 'Redis pub/sub keeps no copy, so nothing can be read again.',
    groups: 'Every subscriber of a Redis channel gets its own copy.',
    settle: 'Redis pub/sub has no acknowledgements.',
    commit: 'Redis pub/sub has no positions.',
    headers: 'Redis pub/sub carries the text and nothing else.',
    keepsForAbsent: 'Redis pub/sub keeps nothing: what is sent while a subscriber is away is lost to it.',
    deadLetters: 'Redis pub/sub keeps nothing, so there is nothing to give up on.',
    alter: 'A Redis channel has no settings: it exists while somebody listens.',
  },
}
