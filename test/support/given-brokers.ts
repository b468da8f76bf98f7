import * as z from 'zod'
import type { GivenBrokers } from './brokers.ts'

const urlSchema = z.object({ url: z.string() })
/** The brokers that somebody keeps running; those that are missing are started. */
const givenSchema = z.object({
  rabbitmq: urlSchema.extend({ managementUrl: z.string().optional() }).optional(),
  redis: urlSchema.optional(),
  kafka: urlSchema.optional(),
})

/** Those that `SWITCHBOARD_TEST_BROKERS` (JSON) names; undefined where it is not set. */
export function givenBrokers(): GivenBrokers | undefined {
  const named = process.env.SWITCHBOARD_TEST_BROKERS
  return named ? givenSchema.parse(JSON.parse(named)) : undefined
}
