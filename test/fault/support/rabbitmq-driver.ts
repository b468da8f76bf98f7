import { afterEach } from 'vitest'
import type { ConsumerEvent, Delivery, Driver, DriverStatus } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/rabbitmq/driver.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { startWire, type Wire } from '#test/support/wire.ts'

const quietLog = { debug() {}, info() {}, warn() {}, error() {} }
/** Undone after each test, last first. */
export const undo: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step()
})

export async function askManagement(
  url: string | undefined,
  path: string,
  how: RequestInit = {},
): Promise<string> {
  const { origin, username, password } = new URL(url ?? '')
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const answer = await fetch(`${origin}${path}`, { ...how, headers: { authorization } })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return answer.text()
}

export async function openWire(url: string): Promise<Wire> {
  const wire = await startWire(url)
  undo.push(wire.close)
  return wire
}

/** A driver that is up, with what it reported. */
export async function open(url: string, managementUrl?: string) {
  const driver = createDriver({ url, managementUrl, clientName: uniqueName('fault'), log: quietLog })
  const faults: Array<{ address?: string; code: string; text: string }> = []
  const statuses: DriverStatus[] = []
  driver.onFault((fault) => void faults.push(fault))
  driver.onStatus((status) => void statuses.push(status))
  undo.push(() => driver.close())
  driver.open()
  await until('up', () => driver.status.status === 'up')
  return { driver, faults, statuses }
}

/** A worker with what happened at it. */
export async function attach(driver: Driver, address: string, mode: Mode = 'queue') {
  const events: ConsumerEvent[] = []
  const spec = { name: uniqueName('worker'), address, mode, settings: {} }
  const consumer = await driver.attach(spec, (event) => void events.push(event))
  return {
    consumer,
    events,
    ids: () => events.filter((e): e is Delivery => e.type === 'delivered').map(({ messageId }) => messageId),
    states: () => events.flatMap((event) => (event.type === 'state' ? [event.state] : [])),
    gaps: () => events.filter((event) => event.type === 'gap'),
  }
}
