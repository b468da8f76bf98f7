import type { Dashboard } from '../test/support/dashboard.ts'
import { type Helper, startHelper } from './support/child.ts'
import { metric } from './support/metrics.ts'

export interface Floods {
  /** 50 sockets that send as fast as they can. */
  flood: { seconds: number; sent: number; refused: number; slowestMs: number; processor: number }
  /** 10,000 people who come and go. */
  crowd: { joins: number; refused: number; ms: number; slowestMs: number; growth: number }
}

const SOCKETS = 50
const FLOOD_SECONDS = 15
const JOINS = 10_000
const ROOM = 'flooded'
const MS_PER_SECOND = 1_000
const SETTLE_MS = 3_000

/** What a calm caller notices of them, and what they cost the server. */
export async function measureFloods(dashboard: Dashboard): Promise<Floods> {
  await dashboard.request('PUT', `/api/rooms/${ROOM}`)
  try {
    return { crowd: await measureCrowd(dashboard), flood: await measureFlood(dashboard) }
  } finally {
    await dashboard.request('DELETE', `/api/rooms/${ROOM}`)
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs `work`; returns the longest that a calm caller waited meanwhile, milliseconds. */
async function besideCalmCaller<T>(
  dashboard: Dashboard,
  work: (helper: Helper) => Promise<T>,
): Promise<T & { slowestMs: number }> {
  const calm = startHelper('calm-caller')
  const helper = startHelper('flood')
  try {
    calm.send({ type: 'ask', url: dashboard.url })
    const result = await work(helper)
    const { slowestMs } = await calm.ask<{ slowestMs: number }>({ type: 'count' }, 'count')
    return { ...result, slowestMs }
  } finally {
    helper.stop()
    calm.stop()
  }
}

const measureFlood = (dashboard: Dashboard) =>
  besideCalmCaller(dashboard, async (helper) => {
    const before = await metric(dashboard, 'process_cpu_seconds_total')
    const from = performance.now()
    helper.send({ type: 'flood', url: dashboard.url, room: ROOM, sockets: SOCKETS })
    await pause(FLOOD_SECONDS * MS_PER_SECOND)
    const seconds = (performance.now() - from) / MS_PER_SECOND
    const processor = ((await metric(dashboard, 'process_cpu_seconds_total')) - before) / seconds
    const { sent, refused } = await helper.ask<{ sent: number; refused: number }>({ type: 'count' }, 'count')
    return { seconds, sent, refused, processor }
  })

const measureCrowd = (dashboard: Dashboard) =>
  besideCalmCaller(dashboard, async (helper) => {
    const resident = () => metric(dashboard, 'process_resident_memory_bytes')
    const before = await resident()
    const crowd = { type: 'crowd', url: dashboard.url, room: ROOM, sockets: SOCKETS, joins: JOINS }
    const { ms, refused } = await helper.ask<{ ms: number; refused: number }>(crowd, 'gone')
    await pause(SETTLE_MS)
    return { joins: JOINS, refused, ms, growth: (await resident()) - before }
  })

export function printFloods({ flood, crowd }: Floods): void {
  const count = (value: number) => Math.round(value).toLocaleString('en')
  console.log(
    `\n${SOCKETS} sockets sent ${count(flood.sent)} packets in ${count(flood.seconds)} s, of which ${count(flood.refused)} were refused; a calm caller waited ${count(flood.slowestMs)} ms at most; the server took ${count(flood.processor * 100)} % of a processor`,
  )
  console.log(
    `${count(crowd.joins)} joins took ${count(crowd.ms)} ms (${count(crowd.refused)} refused first); a calm caller waited ${count(crowd.slowestMs)} ms at most; the server grew by ${count(crowd.growth / 1024 / 1024)} MiB`,
  )
}
