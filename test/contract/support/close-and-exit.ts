import { randomUUID } from 'node:crypto'
import type { CreateDriver, Driver, DriverOptions, Manifest } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { settingsSchema } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'

/**
 * A program of its own: in each mode of one system it opens a driver, hears one message and closes it. It must then end
 * by itself, since nothing is left that would keep it alive. Its one argument is the task as JSON.
 */
const task = JSON.parse(process.argv[2] ?? '{}') as { system: string; options: Omit<DriverOptions, 'log'> }
const log = { debug() {}, info() {}, warn() {}, error() {} }
const folder = `../../../lib/brokers/${task.system}`
const { createDriver } = (await import(`${folder}/driver.ts`)) as { createDriver: CreateDriver }
const { manifest } = (await import(`${folder}/manifest.ts`)) as { manifest: Manifest }
for (const mode of Object.keys(manifest.modes) as Mode[]) {
  const driver = createDriver({ ...task.options, log })
  await attachAndHear(driver, mode, `contract-exit-${randomUUID()}`)
  process.stdout.write(`${mode} heard, `)
  await driver.close()
  process.stdout.write('closed\n')
}

/** Opens `driver`, makes a destination, hears one message of its own there and removes it. */
async function attachAndHear(driver: Driver, mode: Mode, address: string): Promise<void> {
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
