import type { TestBrokers } from '../test/support/brokers.ts'
import { type Dashboard, startDashboard } from '../test/support/dashboard.ts'
import { until } from '../test/support/until.ts'
import { metric } from './support/metrics.ts'

export interface Memory {
  /** The server's heap in use, bytes, after the first hundred thousand and after a million messages. */
  early: number
  late: number
  growth: number
}

const EARLY = 100_000
const LATE = 1_000_000
const SIZE_BYTES = 100
/**
 * The server's old space while it is measured, MiB: with gigabytes to spare the collector leaves garbage lying, and the
 * figure says nothing of what is held. Held for good beyond this, the server would end, and the measurement with it.
 */
const OLD_SPACE_MIB = 256
/** A heap in use swings with the collector; the lowest of several readings is what is really held. */
const READINGS = 12
const READ_EVERY_MS = 250

async function heap(dashboard: Dashboard): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY
  for (let reading = 0; reading < READINGS; reading += 1) {
    lowest = Math.min(lowest, await metric(dashboard, 'nodejs_heap_size_used_bytes'))
    await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS))
  }
  return lowest
}

async function push(dashboard: Dashboard, count: number): Promise<void> {
  await dashboard.request('POST', '/api/rooms/lobby/load', {
    system: 'redis',
    rate: 0,
    count,
    size: SIZE_BYTES,
  })
  await until(
    'the load to be over',
    async () => (await dashboard.snapshot()).loads.every((load) => load.state !== 'running'),
    { timeoutMs: 300_000, everyMs: 100 },
  )
}

/** Whether a server of its own holds more after a million messages than after a hundred thousand. */
export async function measureMemory(brokers: TestBrokers): Promise<Memory> {
  const dashboard = await startDashboard(brokers, {
    LOG_LEVEL: 'warn',
    NODE_OPTIONS: `--max-old-space-size=${OLD_SPACE_MIB}`,
  })
  try {
    await dashboard.attached()
    return await measure(dashboard)
  } finally {
    await dashboard.close()
  }
}

async function measure(dashboard: Dashboard): Promise<Memory> {
  await push(dashboard, EARLY)
  const early = await heap(dashboard)
  await push(dashboard, LATE - EARLY)
  const late = await heap(dashboard)
  return { early, late, growth: late / early - 1 }
}
