import type { TestProject } from 'vitest/node'
import type { TestBrokers } from './brokers.ts'

/**
 * Gives every test the URLs of real brokers. `SWITCHBOARD_TEST_BROKERS` (JSON) names brokers that somebody keeps running
 * while writing tests; `npm test` never passes it on and starts its own.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.SWITCHBOARD_TEST_BROKERS
  if (given) {
    project.provide('brokers', JSON.parse(given) as TestBrokers)
    return undefined
  }
  const { startTestBrokers } = await import('./start-brokers.ts')
  const started = await startTestBrokers()
  project.provide('brokers', started.brokers)
  return started.close
}
