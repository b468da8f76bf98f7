import { createDriver } from '#lib/brokers/redis/driver.ts'
import { manifest } from '#lib/brokers/redis/manifest.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { registerDriverContract } from './driver-contract.ts'
import { quietLog } from './support/contract-bench.ts'

/** The shortest that can be set: what a crashed worker held is claimed after it. */
const CLAIM_IDLE_MS = 500

registerDriverContract({
  name: 'Redis streams with a group',
  manifest,
  mode: 'queue',
  destinationSettings: { claimIdleMs: CLAIM_IDLE_MS },
  createDriver,
  options: () => ({ url: testBrokers().redis.url, clientName: 'contract', log: quietLog }),
  urlAt: (port) => `redis://127.0.0.1:${port}`,
})
