import * as z from 'zod'
import type { Manifest, ModeManifest } from '../contract.ts'
import { exchangeFact, queueFact, streamFact } from './life-facts.ts'
import { fanoutProfile, logProfile, profile, queueProfile } from './profile.ts'
import { RESERVED_HEADERS } from './reserved-headers.ts'
import { previewRouting } from './routing.ts'
import {
  exchangeMessageSettings,
  exchangeSettings,
  logConsumerSettings,
  queueMessageSettings,
  queueSettings,
  streamSettings,
  subscriberSettings,
  workerSettings,
} from './settings.ts'
import { fanoutSnippets, logSnippets, queueSnippets } from './snippets/index.ts'

const queue: ModeManifest = {
  ...queueProfile,
  reservedHeaders: RESERVED_HEADERS,
  destinationSettings: queueSettings,
  consumerSettings: workerSettings,
  messageSettings: queueMessageSettings,
  snippets: queueSnippets,
  fact: queueFact,
}

const fanout: ModeManifest = {
  ...fanoutProfile,
  reservedHeaders: RESERVED_HEADERS,
  destinationSettings: exchangeSettings,
  consumerSettings: subscriberSettings,
  messageSettings: exchangeMessageSettings,
  snippets: fanoutSnippets,
  fact: exchangeFact,
  preview: previewRouting,
}

const log: ModeManifest = {
  ...logProfile,
  reservedHeaders: RESERVED_HEADERS,
  destinationSettings: streamSettings,
  consumerSettings: logConsumerSettings,
  startsAtEnd: ({ from }) => from === 'next',
  messageSettings: z.object({}),
  snippets: logSnippets,
  fact: streamFact,
}

export const manifest: Manifest = { ...profile, modes: { queue, fanout, log } }
