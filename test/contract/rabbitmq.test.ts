import { createDriver } from '#lib/brokers/rabbitmq/driver.ts'
import { manifest } from '#lib/brokers/rabbitmq/manifest.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { registerDriverContract } from './driver-contract.ts'
import { quietLog } from './support/contract-bench.ts'

registerDriverContract({
  name: 'RabbitMQ queue',
  manifest,
  mode: 'queue',
  createDriver,
  options: () => ({ ...testBrokers().rabbitmq, clientName: uniqueName('contract'), log: quietLog }),
  urlAt: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
})
