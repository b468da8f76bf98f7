import { z } from 'zod'
import { workSettings } from '../work.ts'
import { ackModeSetting, onFailureSetting, prefetchSetting } from './consumer-settings.ts'

/** AMQP's short string holds 255 bytes; a person's routing key is far shorter. */
const BINDING_KEY_MAX_CHARS = 128
const BINDING_HEADERS_MAX_CHARS = 256

export const exchangeSettings = z.object({
  exchange: z
    .enum(['fanout', 'topic', 'direct', 'headers'])
    .default('fanout')
    .describe('By what it routes: nothing (all get it), a pattern, the exact key, or headers'),
  durable: z.boolean().default(false).describe('The exchange survives a restart of the broker'),
  alternateExchange: z
    .boolean()
    .default(false)
    .describe('What no binding takes goes to a queue of its own instead of back to its sender'),
})
export type ExchangeSettings = z.infer<typeof exchangeSettings>

export const subscriberSettings = z.object({
  bindingKey: z
    .string()
    .max(BINDING_KEY_MAX_CHARS)
    .default('#')
    .describe('topic: words between dots, * for one of them, # for any; direct: exactly the routing key'),
  headersMatch: z
    .enum(['all', 'any'])
    .default('all')
    .describe('headers: whether all of the headers below must be there, or one of them'),
  bindingHeaders: z
    .string()
    .max(BINDING_HEADERS_MAX_CHARS)
    .default('')
    .describe('headers: what it asks for, as colour=red,size=big'),
  ackMode: ackModeSetting,
  prefetch: prefetchSetting,
  ...workSettings,
  onFailure: onFailureSetting,
})
export type SubscriberSettings = z.infer<typeof subscriberSettings>
