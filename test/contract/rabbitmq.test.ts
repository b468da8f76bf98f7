import { createDriver } from '#lib/brokers/rabbitmq/driver.ts'
import { manifest } from '#lib/brokers/rabbitmq/manifest.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { registerDriverContract } from './driver-contract.ts'
import { quietLog } from './support/contract-bench.ts'

const rabbitmq = {
  manifest,
  createDriver,
  options: () => ({ ...testBrokers().rabbitmq, clientName: uniqueName('contract'), log: quietLog }),
  urlAt: (port: number) => `amqp://guest:guest@127.0.0.1:${port}`,
}

registerDriverContract({ ...rabbitmq, name: 'RabbitMQ queue', mode: 'queue' })
registerDriverContract({
  ...rabbitmq,
  name: 'RabbitMQ quorum queue',
  mode: 'queue',
  destinationSettings: { type: 'quorum', durable: true },
})
registerDriverContract({ ...rabbitmq, name: 'RabbitMQ exchange', mode: 'fanout', countsListeners: false })
registerDriverContract({ ...rabbitmq, name: 'RabbitMQ stream', mode: 'log', fromTheStart: { from: 'first' } })
