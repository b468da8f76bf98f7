import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { patientFetch } from '#test/support/patient-fetch.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const seqs = (events: readonly RoomEvent[]) => events.map(({ seq }) => seq)

let app: TestApp
let room: string
beforeAll(async () => {
  app = await startApp({ brokers: { redis: testBrokers().redis } })
  room = await app.room()
})
afterAll(() => app.close())

const say = async (text: string, to = app, at = room) =>
  (await (await to.request('POST', `/api/rooms/${at}/messages`, { system: 'redis', text })).json()) as {
    seq: number
  }

/** Talks until it is stopped, so that something happens at every moment of a test. */
function talk() {
  let going = true
  const done = (async () => {
    for (let said = 0; going; said += 1) await say(`word ${said}`)
  })()
  return async () => {
    going = false
    await done
  }
}

describe('a socket whose connection drops while events are emitted', () => {
  test('receives every event once and in order after it comes back', async () => {
    const ada = await app.connect()
    const hush = talk()
    const { seq: joined, epoch } = await ada.join(room)
    const known: RoomEvent[] = []
    for (let drop = 0; drop < 3; drop += 1) {
      const from = known.at(-1)?.seq ?? joined
      await until('some live events', () => ada.events.some(({ seq }) => seq > from + 20))
      ada.socket.io.engine.close()
      known.push(...ada.events.filter(({ seq }) => seq > from))
      ada.batches.length = 0
      await until(
        'some events missed',
        async () => (await app.snapshot(room)).seq > (known.at(-1)?.seq ?? 0) + 20,
      )
      ada.socket.connect()
      await until('the connection', () => ada.socket.connected)
      const since = { epoch, seq: known.at(-1)?.seq ?? joined }
      await ada.join(room, { since })
      known.push(...(await ada.catchUp(since)))
    }
    await hush()
    const { seq: last } = await app.snapshot(room)
    await until('the last event', () => (ada.events.at(-1)?.seq ?? known.at(-1)?.seq ?? 0) >= last)
    const live = ada.events.filter(({ seq }) => seq > (known.at(-1)?.seq ?? 0))
    const all = seqs([...known, ...live])
    expect(all).toEqual(range(joined + 1, all.at(-1) ?? 0))
    ada.socket.disconnect()
  })
})

describe('a live stream over HTTP', () => {
  /** Reads events until `enough` says so, then cuts the connection. */
  async function stream(
    headers: Record<string, string>,
    enough: (events: RoomEvent[]) => boolean,
    query = '',
  ) {
    const abort = new AbortController()
    const response = await patientFetch(`${app.url}/api/rooms/${room}/events${query}`, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: abort.signal,
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events: RoomEvent[] = []
    let lastId = ''
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      const blocks = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        lastId = block.match(/^id: (.*)$/m)?.[1] ?? lastId
        const data = block.match(/^data: (.*)$/m)?.[1]
        if (data !== undefined) events.push(JSON.parse(data) as RoomEvent)
      }
      if (enough(events)) break
    }
    abort.abort()
    return { events, lastId }
  }

  test('continues after Last-Event-ID without loss or duplicate', async () => {
    const hush = talk()
    const first = await stream({}, (events) => events.length > 30)
    const second = await stream({ 'last-event-id': first.lastId }, (events) => events.length > 60)
    await hush()
    const all = seqs([...first.events, ...second.events])
    expect(all).toEqual(range(all[0] ?? 0, all.at(-1) ?? 0))
    expect(first.lastId).toBe(`${app.rooms.epoch}:${first.events.at(-1)?.seq}`)
  })

  test('begins with a gap and then all held events when the position is of another epoch', async () => {
    const { events } = await stream({ 'last-event-id': 'another:7' }, (got) => got.length > 3)
    expect(events[0]).toMatchObject({ kind: 'gap', reason: 'epoch' })
    const { firstSeq } = await app.snapshot(room)
    expect(events[1]?.seq).toBe(firstSeq)
  })

  test('begins after ?since, or with the next event', async () => {
    const { seq } = await say('before')
    const past = await stream({}, (events) => events.length > 0, `?since=${seq}`)
    expect(past.events[0]?.seq).toBe(seq + 1)
    const { seq: end } = await app.snapshot(room)
    const live = stream({}, (events) => events.length > 0)
    await until('the stream to be open', async () => {
      await say('now')
      return Promise.race([live, new Promise<undefined>((resolve) => setTimeout(resolve, 20))])
    })
    expect((await live).events[0]?.seq).toBeGreaterThan(end)
  })
})

test('a socket that resumes after a restart of the server receives a gap and then every held event', async () => {
  const first = await startApp({ brokers: { redis: testBrokers().redis } })
  const ada = await first.connect({ reconnectionDelay: 20, reconnectionDelayMax: 50 })
  const name = await first.room()
  const { epoch } = await ada.join(name)
  await first.close()
  const second = await startApp({ brokers: { redis: testBrokers().redis }, port: first.port })
  try {
    // A server that ends says goodbye, which Socket.IO takes as final: the browser connects again itself.
    if (!ada.socket.active) ada.socket.connect()
    await until('the connection', () => ada.socket.connected)
    await second.request('PUT', `/api/rooms/${name}`)
    const snapshot = await ada.join(name, { since: { epoch, seq: 5 } })
    expect(snapshot.epoch).not.toBe(epoch)
    const events = await ada.catchUp({ epoch, seq: 5 })
    expect(events[0]).toMatchObject({ kind: 'gap', reason: 'epoch' })
    const rest = seqs(events.slice(1))
    expect(rest).toEqual(range(snapshot.firstSeq, rest.at(-1) ?? 0))
  } finally {
    ada.socket.disconnect()
    await second.request('DELETE', `/api/rooms/${name}`)
    await second.close()
  }
})
