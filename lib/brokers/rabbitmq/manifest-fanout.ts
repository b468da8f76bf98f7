import { z } from 'zod'
import type { ModeManifest } from '../contract.ts'
import { FIXED, mandatorySetting, persistentSetting, ttlSetting } from './consumer-settings.ts'
import { exchangeSettings, subscriberSettings } from './exchange-settings.ts'
import { exchangeFact } from './life-facts.ts'
import { previewRouting } from './routing.ts'
import { fanoutSnippets } from './snippets/fanout.ts'

export const fanoutMode: ModeManifest = {
  noun: 'exchange',
  consumerNoun: 'subscriber',
  can: {
    groups: false,
    settle: true,
    commit: false,
    pause: true,
    crash: true,
    keepsForAbsent: false,
    replay: false,
    deadLetters: false,
    alter: false,
    lossyWithoutListeners: true,
    key: 'routing-key',
    headers: true,
  },
  destinationSettings: exchangeSettings,
  consumerSettings: subscriberSettings,
  messageSettings: z.object({
    mandatory: mandatorySetting,
    ttlMs: ttlSetting,
    persistent: persistentSetting,
  }),
  scene: { entry: { word: 'exchange', shape: 'exchange' }, store: 'queues' },
  snippets: fanoutSnippets,
  fact: exchangeFact,
  starter: {
    name: 'announcements',
    settings: {},
    consumers: [{ name: 'subscriber-1' }, { name: 'subscriber-2' }],
  },
  preview: previewRouting,
  receiptNoun: 'confirmed',
  publishCommand: 'basic.publish',
  empty: { strong: 'Bound and listening.', rest: 'Your own queue gets a copy of what is sent from now on.' },
  lacks: {
    keepsForAbsent: "A subscriber's own queue goes when it goes, so nothing waits for it.",
    replay: 'An exchange keeps nothing, and a queue forgets a message once it is acknowledged.',
    groups: 'Every subscriber of an exchange has a queue of its own.',
    commit: 'RabbitMQ subscribers acknowledge each message; there is no position to commit.',
    deadLetters: "A subscriber's own queue keeps no dead letters: what it rejects is gone.",
    alter: FIXED,
  },
}
