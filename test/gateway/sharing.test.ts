import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testBrokers } from '#test/support/brokers.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import { presenterPath } from '#test/support/presenter-link.ts'
import { until } from '#test/support/until.ts'

/** A real server that is shared: what it prints lets a presenter in, and the code of a room everybody else. */

let folder: string
let dashboard: Dashboard
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-sharing-'))
  dashboard = await startDashboard(testBrokers(), { SHARE: 'on', ROOMS_FILE: join(folder, 'rooms.json') })
}, 120_000)
afterAll(async () => {
  await dashboard?.close()
  await rm(folder, { recursive: true, force: true })
})

const ask = (method: string, path: string, cookie: string, body?: object) =>
  dashboard.request(method, path, body, { cookie })
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code?: string }).code]
/** The cookie that an answer sets, as a browser sends it back. */
const cookieOf = (answer: Response): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''

async function presenter(): Promise<string> {
  const link = await presenterPath(dashboard)
  const answer = await fetch(`${dashboard.url}${link}`, { redirect: 'manual' })
  expect(answer.status).toBeGreaterThanOrEqual(300)
  expect(answer.headers.get('location')).not.toContain('present')
  expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly/i)
  return cookieOf(answer)
}

test('without a token nothing of a room is to be had, and the printed link opens all of it', async () => {
  expect(await codeOf(await dashboard.request('GET', '/api/rooms/lobby'))).toEqual([401, 'token-needed'])
  expect(await codeOf(await dashboard.request('GET', '/api/rooms'))).toEqual([401, 'token-needed'])
  const cookie = await presenter()
  expect((await ask('GET', '/api/rooms/lobby', cookie)).status).toBe(200)
  // A page is drawn with the room's destinations and consumers for whoever may see them.
  const pageKnowsWorker = async (given?: string) =>
    (
      await (
        await dashboard.request('GET', '/', undefined, given === undefined ? {} : { cookie: given })
      ).text()
    ).includes('rabbitmq:mailbox:worker-1')
  expect([await pageKnowsWorker(), await pageKnowsWorker(cookie)]).toEqual([false, true])
  const altered = `${cookie.slice(0, -2)}${cookie.endsWith('AA') ? 'BB' : 'AA'}`
  expect((await ask('GET', '/api/rooms/lobby', altered)).status).toBe(401)
  expect(await pageKnowsWorker(altered)).toBe(false)
})

test('a room’s code lets people in as participants, who send and watch, and steer nothing', async () => {
  const cookie = await presenter()
  const { code } = (await (await ask('GET', '/api/rooms/lobby/share', cookie)).json()) as { code: string }
  const wrong = await dashboard.request('POST', '/api/join', { code: 'AAAAAA', name: 'Mei' })
  expect(await codeOf(wrong)).toEqual([403, 'wrong-code'])
  const joined = await dashboard.request('POST', '/api/join', { code, name: 'Mei' })
  expect(joined.status).toBe(200)
  const mei = cookieOf(joined)
  expect((await ask('GET', '/api/rooms/lobby', mei)).status).toBe(200)
  await until('the brokers', async () => {
    const sent = await ask('POST', '/api/rooms/lobby/messages', mei, { system: 'redis', text: 'hello' })
    return sent.status === 202
  })
  const channel = { system: 'redis', mode: 'fanout', name: 'mine' }
  for (const [method, path, body] of [
    ['POST', '/api/rooms/lobby/destinations', channel],
    ['POST', '/api/rooms/lobby/load', { system: 'redis', rate: 1, count: 1, size: 10 }],
    ['PUT', '/api/rooms/another', undefined],
    ['POST', '/api/brokers/redis/faults/pause', undefined],
    [
      'POST',
      '/api/rooms/lobby/messages',
      { system: 'rabbitmq', text: 'bad', headers: { 'x-poison': 'true' } },
    ],
  ] as const) {
    expect([path, ...(await codeOf(await ask(method, path, mei, body)))]).toEqual([
      path,
      403,
      'forbidden-role',
    ])
  }
  const crash = await ask('POST', '/api/rooms/lobby/consumers/worker-1/crash', mei)
  expect(await codeOf(crash)).toEqual([403, 'not-yours'])
})

test('a name that somebody has in a room is still theirs when the server was killed and started again', async () => {
  const join = async (name: string) => {
    const cookie = await presenter()
    const { code } = (await (await ask('GET', '/api/rooms/lobby/share', cookie)).json()) as { code: string }
    return await dashboard.request('POST', '/api/join', { code, name })
  }
  expect((await join('Una')).status).toBe(200)
  await until('the name to be written', async () =>
    (await readFile(`${folder}/rooms.json`, 'utf8').catch(() => '')).includes('"name":"Una"'),
  )
  await dashboard.kill9()
  await dashboard.startAgain()
  expect(await codeOf(await join('UNA'))).toEqual([409, 'name-taken'])
})
