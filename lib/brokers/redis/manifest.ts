import { z } from 'zod'
import type { Manifest } from '../contract.ts'
import { channelFact } from './life-facts.ts'
import { fanoutSnippets } from './snippets/fanout.ts'

/** The lobby's own, declared as a plain client would. */
const chatroom = {
  name: 'chatroom',
  settings: {},
  consumers: [{ name: 'subscriber-1' }, { name: 'subscriber-2' }],
}

export const manifest: Manifest = {
  id: 'redis',
  label: 'Redis',
  defaultPort: 6379,
  urlVariable: 'REDIS_URL',
  look: { hue: 'redis', glyph: 'g-redis' },
  modes: {
    fanout: {
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
        key: null,
        headers: false,
      },
      destinationSettings: z.object({}),
      consumerSettings: z.object({}),
      messageSettings: z.object({}),
      scene: { entry: { word: 'PUBLISH', shape: 'publish' }, store: 'wire' },
      starter: chatroom,
      snippets: fanoutSnippets,
      fact: channelFact,
      receiptNoun: 'heard',
      publishCommand: 'PUBLISH',
      empty: { strong: 'Listening.', rest: 'You hear only what is sent from now on.' },
      lacks: {
        replay: 'Redis pub/sub keeps no copy, so nothing can be read again.',
        groups: 'Every subscriber of a Redis channel gets its own copy.',
        settle: 'Redis pub/sub has no acknowledgements.',
        commit: 'Redis pub/sub has no positions.',
        headers: 'Redis pub/sub carries the text and nothing else.',
      },
    },
  },
  classic: { mode: 'fanout', ...chatroom },
  crashNoticedAfterMs: 0,
}
