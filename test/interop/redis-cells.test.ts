import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import { INSTALL_TIMEOUT_MS, installCommandLineClients } from '#test/support/outside-programs.ts'
import { until } from '#test/support/until.ts'

const run = promisify(execFile)
let dashboard: Dashboard

/** redis-cli as a person types it; its answer without the last line's end. */
const cli = async (...words: string[]): Promise<string> => {
  const { stdout } = await run('redis-cli', ['-u', testBrokers().redis.url, ...words])
  return stdout.trimEnd()
}

beforeAll(async () => {
  await installCommandLineClients()
  dashboard = await startDashboard(testBrokers())
  await until('Redis to be up', async () =>
    (await dashboard.snapshot()).brokers.some(({ system, status }) => system === 'redis' && status === 'up'),
  )
}, INSTALL_TIMEOUT_MS)
afterAll(async () => {
  await dashboard?.close()
})

/** A destination of its own in the lobby, so that its name on Redis is the one that was typed. */
async function destination(mode: 'queue' | 'log' | 'fanout', settings: Settings = {}): Promise<string> {
  const name = uniqueName('cell')
  const answer = await dashboard.request('POST', '/api/rooms/lobby/destinations', {
    system: 'redis',
    mode,
    name,
    settings,
  })
  expect({ status: answer.status, body: answer.ok ? '' : await answer.text() }).toEqual({
    status: 201,
    body: '',
  })
  return name
}

const add = async (at: string, name: string, settings: Settings = {}) => {
  const consumer = { system: 'redis', destination: at, name, settings }
  expect((await dashboard.request('POST', '/api/rooms/lobby/consumers', consumer)).status).toBe(201)
}

const remove = (name: string) =>
  dashboard.request('DELETE', `/api/rooms/lobby/destinations/${encodeURIComponent(`redis:${name}`)}`)

const isDelivered = (event: RoomEvent): event is EventOf<'delivered'> => event.kind === 'delivered'
const deliveriesAt = async (at: string): Promise<EventOf<'delivered'>[]> =>
  (await dashboard.events(0)).filter(isDelivered).filter((event) => event.destination === at)
const arrivals = (at: string, count: number) =>
  until(`${count} arrivals`, async () => {
    const all = await deliveriesAt(at)
    return all.length >= count && all
  })

describe('redis-cli and the panes, stream with a group', () => {
  test('XADD is delivered to a worker, its text as written, marked as from outside', async () => {
    const at = await destination('queue')
    await add(at, 'worker-1')
    const text = 'von draußen 🙂'
    const id = await cli('XADD', at, '*', 'body', text, 'priority', '3')
    const [seen] = await arrivals(at, 1)
    expect(seen).toMatchObject({ outside: true, text, address: { kind: 'entry', stream: at, id } })
    await until('its ack', async () => (await cli('XPENDING', at, 'workers')).startsWith('0'))
    await remove(at)
    expect(await cli('EXISTS', at)).toBe('0')
  })

  test('XREADGROUP is one more worker of the group: it gets what no pane got, exactly as typed', async () => {
    const at = await destination('queue')
    const { id } = await dashboard.send('redis', 'typed  with spaces ', { destination: at, sender: 'Ada' })
    const fields = await until('the entry', async () => {
      const answer = await cli('XREADGROUP', 'GROUP', 'workers', 'shell', 'COUNT', '1', 'STREAMS', at, '>')
      return answer.includes('body') && answer.split('\n')
    })
    expect(fields[fields.indexOf('body') + 1]).toBe('typed  with spaces ')
    expect(fields[fields.indexOf('ce_id') + 1]).toBe(id)
    expect(fields[fields.indexOf('ce_sender') + 1]).toBe('Ada')
    await add(at, 'worker-1')
    await dashboard.send('redis', 'for the pane', { destination: at })
    const seen = await arrivals(at, 1)
    expect(seen.map(({ consumer }) => consumer)).toEqual(['worker-1'])
    const facts = await until('the outside worker in the facts', async () => {
      const all = (await dashboard.events(0)).filter(
        (event): event is EventOf<'facts'> => event.kind === 'facts' && event.destination === at,
      )
      const last = all.at(-1)?.facts
      return last?.mode === 'queue' && last.outside === 1 && last.unacked === 1 && last
    })
    expect(facts.pending.find(({ consumer }) => consumer === 'shell')).toMatchObject({
      outside: true,
      count: 1,
    })
    expect(await cli('XACK', at, 'workers', fields[1] ?? '')).toMatch(/^[01]$/)
    await remove(at)
  })

  test('what an outside worker took and left idle is claimed by a pane', async () => {
    const at = await destination('queue', { claimIdleMs: 500 })
    await cli('XADD', at, '*', 'body', 'left behind')
    await cli('XREADGROUP', 'GROUP', 'workers', 'gone', 'COUNT', '1', 'STREAMS', at, '>')
    await add(at, 'worker-1')
    const [seen] = await arrivals(at, 1)
    expect(seen).toMatchObject({ text: 'left behind', redelivered: true, attempt: 2 })
    await remove(at)
  })
})

describe('redis-cli and the panes, list', () => {
  test('LPUSH is delivered to a worker, RPOP takes what no pane took, each exactly as written', async () => {
    const at = await destination('queue', { kind: 'list' })
    await dashboard.send('redis', 'für die Shell', { destination: at })
    expect(await until('it', () => cli('RPOP', at))).toBe('für die Shell')
    await add(at, 'worker-1')
    await cli('LPUSH', at, 'from a shell')
    const [seen] = await arrivals(at, 1)
    expect(seen).toMatchObject({ outside: true, text: 'from a shell', address: { kind: 'item', list: at } })
    await remove(at)
  })
})

describe('redis-cli and the panes, log', () => {
  test('XADD is read by every reader, and XRANGE shows what was typed', async () => {
    const at = await destination('log')
    await add(at, 'reader-1')
    await add(at, 'reader-2')
    await cli('XADD', at, '*', 'text', 'for all')
    const seen = await arrivals(at, 2)
    expect(seen.map(({ consumer }) => consumer).sort()).toEqual(['reader-1', 'reader-2'])
    expect(seen[0]).toMatchObject({ outside: true, text: 'for all' })
    await dashboard.send('redis', '{"typed": true}', { destination: at })
    await arrivals(at, 4)
    const lines = (await cli('XRANGE', at, '-', '+')).split('\n')
    expect(lines[lines.indexOf('body') + 1]).toBe('{"typed": true}')
    await remove(at)
  })
})

describe('redis-cli and the panes, patterns', () => {
  test('PUBLISH to a sub-channel is heard by a pane with a pattern, with its key', async () => {
    const at = await destination('fanout')
    await add(at, 'all', { listensTo: 'pattern' })
    expect(await cli('PUBLISH', `${at}.news`, 'extra')).toBe('1')
    const [seen] = await arrivals(at, 1)
    expect(seen).toMatchObject({ outside: true, text: 'extra' })
    expect(seen?.address).toMatchObject({ channel: `${at}.news`, pattern: expect.stringContaining('*') })
    await remove(at)
  })
})
