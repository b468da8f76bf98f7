import type { TestProject } from 'vitest/node'
import { z } from 'zod'

const urlSchema = z.object({ url: z.string() })
/** The brokers that somebody keeps running; those that are missing are started. */
const givenSchema = z.object({
  rabbitmq: urlSchema.extend({ managementUrl: z.string().optional() }).optional(),
  redis: urlSchema.optional(),
  kafka: urlSchema.optional(),
})

/**
 * Gives every test the URLs of real brokers. `SWITCHBOARD_TEST_BROKERS` (JSON) names brokers that somebody keeps running,
 * for `npm run test:contract` or while writing tests; `{}` is for tests that need none. `npm test` never passes it on and
 * starts its own.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const named = process.env.SWITCHBOARD_TEST_BROKERS
  const given = givenSchema.parse(JSON.parse(named || '{}'))
  if (named && Object.keys(given).length === 0) return undefined
  const { startTestBrokers } = await import('./start-brokers.ts')
  const started = await startTestBrokers(given)
  project.provide('brokers', started.brokers)
  return started.close
}
