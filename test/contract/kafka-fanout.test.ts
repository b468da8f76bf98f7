import { createDriver } from '#lib/brokers/kafka/driver.ts'
import { manifest } from '#lib/brokers/kafka/manifest.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { registerDriverContract } from './driver-contract.ts'
import { quietLog } from './support/contract-bench.ts'

registerDriverContract({
  name: 'Kafka topic with a group each',
  manifest,
  mode: 'fanout',
  createDriver,
  options: () => ({ url: testBrokers().kafka.url, clientName: 'switchboard-contract', log: quietLog }),
  urlAt: (port) => `127.0.0.1:${port}`,
})
