import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalog } from '#lib/brokers/catalog.ts'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { modeSchema } from '#lib/protocol/names.ts'
import type { Consumer, Destination } from '#lib/protocol/room.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { brokersHold } from './support/brokers-hold.ts'

/** Every mode that a manifest offers, with the destination that choosing it for the first time makes. */
const CELLS = catalog.flatMap((manifest) =>
  modeSchema.options.flatMap((mode) => {
    const found = manifest.modes[mode]
    return found ? [{ label: `${manifest.label} ${mode}`, system: manifest.id, mode, found }] : []
  }),
)

let app: TestApp
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
})
afterAll(() => app.close())

async function post<T>(path: string, body: unknown, status = 201): Promise<T> {
  const response = await app.request('POST', path, body)
  const answer = (await response.json()) as T
  expect(response.status, JSON.stringify(answer)).toBe(status)
  return answer
}

/** The starter of a cell under a name of its own, with its consumers attached. */
async function make(room: string, cell: (typeof CELLS)[number]): Promise<Destination> {
  const { system, mode, found } = cell
  const name = uniqueName(mode)
  const { settings, consumers } = found.starter
  const made = await post<Destination>(`/api/rooms/${room}/destinations`, { system, mode, name, settings })
  for (const consumer of consumers) {
    const at = await post<Consumer>(`/api/rooms/${room}/consumers`, {
      system,
      destination: name,
      ...consumer,
    })
    expect(at.state).toBe('attached')
  }
  return made
}

const lifeOf = (events: RoomEvent[], id: string) =>
  events.filter((event) => 'messageId' in event && event.messageId === id)

/** How many consumers of the starter get each message, by what the mode is. */
function copies({ mode, found }: (typeof CELLS)[number]): number {
  const { consumers } = found.starter
  if (mode === 'queue') return 1
  const groups = new Set(consumers.map(({ name, group }) => group ?? name))
  return groups.size
}

describe.each(CELLS)('$label by HTTP', (cell) => {
  test('is created, delivers to as many consumers as its mode implies, emits facts, and leaves nothing behind when removed', async () => {
    const room = await app.room()
    const made = await make(room, cell)
    const { id, seq } = await post<{ id: string; seq: number }>(
      `/api/rooms/${room}/messages`,
      { system: cell.system, destination: made.name, text: 'to whom? — ünï' },
      202,
    )
    const wanted = copies(cell)
    const life = await until(`${wanted} copies and a receipt`, async () => {
      const events = lifeOf(await app.events(room, seq), id)
      const arrived = events.filter(({ kind }) => kind === 'delivered')
      return arrived.length >= wanted && events.some(({ kind }) => kind === 'published') && events
    })
    expect(life.filter(({ kind }) => kind === 'delivered')).toHaveLength(wanted)
    expect(life[0]).toMatchObject({ text: 'to whom? — ünï', destination: made.name })
    const ledger = createLedger()
    ledger.reset(await app.snapshot(room))
    ledger.applyAll(await app.events(room))
    expect(ledger.trace(cell.system, made.name, id).verdict).toMatchObject({
      kind: 'got',
      got: wanted,
      shape: cell.mode,
    })
    const facts = await until('facts', async () =>
      (await app.events(room)).find((event) => event.kind === 'facts' && event.destination === made.name),
    )
    expect(facts).toMatchObject({ evidence: 'broker', facts: { mode: cell.mode } })
    const gone = await app.request('DELETE', `/api/rooms/${room}/destinations/${encodeURIComponent(made.id)}`)
    expect(gone.status).toBe(204)
    await until('nothing of it to be left', async () => (await brokersHold(made.name)).length === 0)
  })
})

describe('a room that is deleted', () => {
  test('leaves nothing on any broker, whatever destinations it had', async () => {
    const room = uniqueName('going').toLowerCase()
    await app.request('PUT', `/api/rooms/${room}`)
    for (const cell of CELLS) {
      const made = await make(room, cell)
      await post(
        `/api/rooms/${room}/messages`,
        { system: cell.system, destination: made.name, text: 'left behind?' },
        202,
      )
    }
    expect((await brokersHold(`sb.${room}.`)).length).toBeGreaterThan(0)
    expect((await app.request('DELETE', `/api/rooms/${room}`)).status).toBe(204)
    // A group whose last member has just left is given up by Kafka a moment later.
    await until('nothing to be left', async () => (await brokersHold(`sb.${room}.`)).length === 0)
    expect(await brokersHold(`sb.${room}.`)).toEqual([])
  })
})
