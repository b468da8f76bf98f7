import { randomUUID } from 'node:crypto'
import type { CreateDriver, DriverOptions } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { attachAndHear } from './attach-and-hear.ts'

/**
 * A program of its own: opens a driver, hears one message, closes it, and must then end by itself, since nothing is
 * left that would keep it alive. Its one argument is the task as JSON.
 */
const task = JSON.parse(process.argv[2] ?? '{}') as {
  system: string
  mode: Mode
  options: Omit<DriverOptions, 'log'>
}
const log = { debug() {}, info() {}, warn() {}, error() {} }
const { createDriver } = (await import(`../../../lib/brokers/${task.system}/driver.ts`)) as {
  createDriver: CreateDriver
}
const driver = createDriver({ ...task.options, log })
await attachAndHear(driver, task.mode, `contract-exit-${randomUUID()}`)
process.stdout.write('heard, ')
await driver.close()
process.stdout.write('closed\n')
