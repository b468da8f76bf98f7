import { expect, onTestFinished } from 'vitest'
import type { ConsumerSpec, Driver } from '#lib/brokers/contract.ts'
import { ConsumerProxy } from '#lib/faults/consumer-proxy.ts'
import { attachRecorder, draftOf, upWithin } from '#test/contract/support/contract-bench.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'

const LATENCY_MS = 150

/**
 * A consumer behind a proxy, which sees nothing but bytes: its line is slow, then frozen, then cut, and it gets on with its work
 * after each.
 */
export async function survivesFaultsOnItsLine(
  driver: Driver,
  spec: Pick<ConsumerSpec, 'mode' | 'group' | 'settings'>,
): Promise<void> {
  await upWithin(driver)
  const proxy = new ConsumerProxy()
  onTestFinished(() => proxy.close())
  proxy.stand()
  const address = uniqueName('line')
  await driver.declare({ address, mode: spec.mode, settings: {}, owned: true })
  const consumer = await attachRecorder(driver, { name: 'c', address, ...spec, route: proxy })
  const send = (text: string) => driver.publish(address, draftOf({ text }))
  const has = (text: string) => consumer.texts().includes(text)
  await send('whole')
  await until('it to arrive', () => has('whole'))
  expect(proxy.connections).toBeGreaterThan(0)

  proxy.set({ kind: 'slow', latencyMs: LATENCY_MS, jitterMs: 0 })
  const sentAt = performance.now()
  await send('slow')
  await until('it to arrive slowly', () => has('slow'))
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(LATENCY_MS - 5)

  proxy.set({ kind: 'freeze' })
  expect(await send('frozen')).toMatchObject({ outcome: 'published' })
  expect(has('frozen')).toBe(false)
  proxy.lift()
  await until('what was held back', () => has('frozen'))

  proxy.cut()
  let sent = 0
  await until('it to be back, straight', async () => {
    sent += 1
    await send(`after ${sent}`)
    return consumer.texts().some((text) => text.startsWith('after'))
  })
  expect(proxy.connections).toBe(0)
  await consumer.consumer.leave()
  await driver.remove(address)
}
