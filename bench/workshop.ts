import type { Dashboard } from '../test/support/dashboard.ts'
import { until } from '../test/support/until.ts'
import { type Helper, startHelper } from './support/child.ts'
import { metric } from './support/metrics.ts'
import { percentiles, round } from './support/stats.ts'

export interface Workshop {
  phones: number
  /** Seats by system. */
  seats: Record<string, number>
  /** Until the last of them had its seat. */
  joinMs: number
  /** From a send until a phone saw it, of all phones and sends. */
  seenP50: number
  seenP99: number
  /** Resident memory of the server for each phone, its broker's client included. */
  bytesPerPhone: number
  /** The server's event-loop delay at p99 while nothing is sent, milliseconds. */
  delayP99: number
}

/** What a hall must be able to count on. */
const MUST = { joinMs: 30_000, seenP99: 1_000, bytesPerPhone: 300 * 1024, delayP99: 50 }
const PHONES = 500
const ROOM = 'workshop'
const SENDS = 10
const MEASURED_MS = 10_000
/** Attaching leaves garbage behind; what stays after this pause is the phones'. */
const SETTLE_MS = 5_000
const MS_PER_SECOND = 1_000
const JOIN_WITHIN_MS = 240_000

/** A hall of phones in one room, each a real socket with a real consumer: joins, one send seen by all, then peace. */
export async function measureWorkshop(dashboard: Dashboard, phones: number = PHONES): Promise<Workshop> {
  await dashboard.request('PUT', `/api/rooms/${ROOM}`)
  const hall = startHelper('phones')
  try {
    await dashboard.attached(ROOM)
    const before = await residentBytes(dashboard)
    const joined = await hall.ask<{ ms: number; failed?: string }>(
      { type: 'join', url: dashboard.url, room: ROOM, phones },
      'joined',
    )
    if (joined.failed !== undefined) throw new Error(joined.failed)
    const seats = await seatsTaken(dashboard, phones)
    await pause(SETTLE_MS)
    const after = await residentBytes(dashboard)
    const seen = await sendSome(dashboard, hall, phones)
    return {
      ...{ phones, seats, joinMs: joined.ms, seenP50: seen.p50, seenP99: seen.p99 },
      bytesPerPhone: (after - before) / phones,
      delayP99: await delayAtRest(dashboard),
    }
  } finally {
    hall.stop()
    await dashboard.request('DELETE', `/api/rooms/${ROOM}`)
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const residentBytes = (dashboard: Dashboard) => metric(dashboard, 'process_resident_memory_bytes')

async function seatsTaken(dashboard: Dashboard, phones: number): Promise<Record<string, number>> {
  return await until(
    'every seat to be attached',
    async () => {
      const { consumers } = await dashboard.snapshot(ROOM)
      const seats = consumers.filter(({ owner, state }) => owner !== undefined && state === 'attached')
      if (seats.length < phones) throw new Error(`${seats.length} of ${phones}`)
      const counts: Record<string, number> = {}
      for (const { system } of seats) counts[system] = (counts[system] ?? 0) + 1
      return counts
    },
    { timeoutMs: JOIN_WITHIN_MS, everyMs: 250 },
  )
}

/** One message after another to the channel, where every subscriber gets each; every phone of the room sees it. */
async function sendSome(dashboard: Dashboard, hall: Helper, phones: number) {
  const waits: number[] = []
  for (let index = 0; index < SENDS; index += 1) {
    const text = `to the whole hall ${index} ${Date.now()}`
    await hall.ask({ type: 'watch', text }, 'watching')
    const sentAt = performance.timeOrigin + performance.now()
    await dashboard.send('redis', text, { room: ROOM })
    const at = await until('every phone to have seen it', async () => {
      const { at: times } = await hall.ask<{ at: Array<number | null> }>({ type: 'seen' }, 'seen')
      const seen = times.filter((time) => time !== null)
      return seen.length === phones && seen
    })
    for (const time of at) waits.push(time - sentAt)
  }
  return percentiles(waits)
}

async function delayAtRest(dashboard: Dashboard): Promise<number> {
  // Each reading begins the next measurement: the first ends the noise of the sends.
  await metric(dashboard, 'nodejs_eventloop_lag_p99_seconds')
  await pause(MEASURED_MS)
  return (await metric(dashboard, 'nodejs_eventloop_lag_p99_seconds')) * MS_PER_SECOND
}

export function printWorkshop(of: Workshop): void {
  const seats = Object.entries(of.seats).map(([system, count]) => `${count} ${system}`)
  console.log(
    `\nWorkshop: ${of.phones} phones in one room, each with a consumer of its own (${seats.join(', ')})`,
  )
  const row = (measured: number, must: number, unit: string) => ({
    measured: `${round(measured, 1)} ${unit}`,
    'must be below': `${must} ${unit}`,
    met: measured < must ? 'yes' : 'no',
  })
  console.table({
    'join of all': row(of.joinMs / MS_PER_SECOND, MUST.joinMs / MS_PER_SECOND, 's'),
    'one send seen by all, p99': row(of.seenP99, MUST.seenP99, 'ms'),
    'memory in the server, each': row(of.bytesPerPhone / 1024, MUST.bytesPerPhone / 1024, 'KiB'),
    'event loop at rest, p99': row(of.delayP99, MUST.delayP99, 'ms'),
  })
}
