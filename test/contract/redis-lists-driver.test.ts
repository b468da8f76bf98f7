import { createDriver } from '#lib/brokers/redis/driver.ts'
import { manifest } from '#lib/brokers/redis/manifest.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { registerDriverContract } from './driver-contract.ts'
import { quietLog } from './support/contract-bench.ts'

registerDriverContract({
  name: 'Redis lists',
  manifest,
  mode: 'queue',
  destinationSettings: { kind: 'list' },
  createDriver,
  options: () => ({ url: testBrokers().redis.url, clientName: 'contract', log: quietLog }),
  urlAt: (port) => `redis://127.0.0.1:${port}`,
})
