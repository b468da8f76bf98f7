import type { TestProject } from 'vitest/node'
import { givenBrokers } from './given-brokers.ts'

/**
 * Gives every test the URLs of real brokers. `SWITCHBOARD_TEST_BROKERS` (JSON) names brokers that somebody keeps running,
 * for `npm run test:contract` or while writing tests; `{}` is for tests that need none. `npm test` never passes it on and
 * starts its own.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = givenBrokers()
  if (given && Object.keys(given).length === 0) return undefined
  const { startTestBrokers } = await import('./start-brokers.ts')
  const started = await startTestBrokers(given)
  project.provide('brokers', started.brokers)
  return started.close
}
