import * as z from 'zod'
import type { Manifest, ModeManifest } from '../contract.ts'
import { exchangeFact, queueFact, streamFact } from './life-facts.ts'
import { RESERVED_HEADERS } from './reserved-headers.ts'
import { previewRouting } from './routing.ts'
import {
  exchangeMessageSettings,
  exchangeSettings,
  queueMessageSettings,
  queueSettings,
  readerSettings,
  streamSettings,
  subscriberSettings,
  workerSettings,
} from './settings.ts'
import { fanoutSnippets, logSnippets, queueSnippets } from './snippets/index.ts'
import { fanoutTraits, logTraits, queueTraits, traits } from './traits.ts'

const queue: ModeManifest = {
  ...queueTraits,
  reservedHeaders: RESERVED_HEADERS,
  destinationSettings: queueSettings,
  consumerSettings: workerSettings,
  messageSettings: queueMessageSettings,
  snippets: queueSnippets,
  fact: queueFact,
}

const fanout: ModeManifest = {
  ...fanoutTraits,
  reservedHeaders: RESERVED_HEADERS,
  destinationSettings: exchangeSettings,
  consumerSettings: subscriberSettings,
  messageSettings: exchangeMessageSettings,
  snippets: fanoutSnippets,
  fact: exchangeFact,
  preview: previewRouting,
}

const log: ModeManifest = {
  ...logTraits,
  reservedHeaders: RESERVED_HEADERS,
  destinationSettings: streamSettings,
  consumerSettings: readerSettings,
  startsAtEnd: ({ from }) => from === 'next',
  messageSettings: z.object({}),
  snippets: logSnippets,
  fact: streamFact,
}

export const manifest: Manifest = { ...traits, modes: { queue, fanout, log } }
