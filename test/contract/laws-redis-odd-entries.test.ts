import { expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import { createRedisBench, eventsOf, hears } from './support/redis-bench.ts'

const bench = createRedisBench('queue')
const FIELDS = 100_000

it('DQ-31 an entry with a hundred thousand fields is read, goes to the dead letters as a whole, and stops nobody', async () => {
  const driver = await bench.open()
  const address = await bench.declare(driver, { maxAttempts: 1 })
  const worker = await bench.attach(driver, address, { failurePercent: 100, onFailure: 'requeue' })
  const outside = bench.outside()
  const fields = Array.from({ length: FIELDS }, (_, index) => [`f${index}`, 'v']).flat()
  await outside.call('XADD', [address, '*', 'body', 'odd', ...fields])
  await until('its dead letter', () => eventsOf(worker, 'dead-lettered').length === 1)
  await worker.consumer.update({ failurePercent: 0 })
  await bench.send(driver, address, 'next')
  await hears(worker, 'next')
  expect(worker.texts()).toEqual(['odd', 'next'])
  const reader = await bench.attach(driver, address, { reads: 'dead-letters' })
  await hears(reader, 'odd')
  expect(worker.events.filter(({ type }) => type === 'state')).toHaveLength(1)
})
