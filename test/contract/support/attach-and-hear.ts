import { randomUUID } from 'node:crypto'
import type { Driver } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { settingsSchema } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'

/** Opens `driver`, makes a destination, hears one message of its own there and removes it. Needs no test runner. */
export async function attachAndHear(driver: Driver, mode: Mode, address: string): Promise<void> {
  const manifest = driver.manifest.modes[mode]
  if (!manifest) throw new Error(`${driver.manifest.label} has no mode ${mode}`)
  const up = createDeferred<void>()
  driver.onStatus(({ status }) => status === 'up' && up.resolve())
  driver.open()
  await up.promise
  const destination = settingsSchema.parse(manifest.destinationSettings.parse({}))
  await driver.declare({ address, mode, settings: destination, owned: true })
  const heard = createDeferred<void>()
  const settings = settingsSchema.parse(manifest.consumerSettings.parse({}))
  const group = manifest.can.groups ? { group: `${address}-group` } : {}
  const consumer = await driver.attach(
    { name: 'listener', address, mode, settings, ...group },
    ({ type }) => type === 'delivered' && heard.resolve(),
  )
  await driver.publish(address, { messageId: randomUUID(), body: Buffer.from('hello'), sentAt: now() })
  await heard.promise
  await consumer.leave()
  await driver.remove(address)
}
