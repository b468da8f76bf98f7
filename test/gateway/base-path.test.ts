import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPresenterLink } from '#lib/http/presenter-link.ts'
import type { RoomShare } from '#lib/protocol/access-commands.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'

/** A shared dashboard below the root of its host: everything of it lies there, and nothing anywhere else. */

const BASE_PATH = '/hall/switchboard'

let app: TestApp
let presenter: string
let link: string
let share: RoomShare
beforeAll(async () => {
  app = await startApp({ brokers: {}, basePath: BASE_PATH, sharing: true })
  const made = await app.access.presenterLink()
  link = made.links[0] ?? ''
  presenter = (await open(link)).headers.get('set-cookie') ?? ''
  share = await app.access.share('lobby')
})
afterAll(() => app?.close())

/** As the page's route does. */
const open = (address: string): Promise<Response> =>
  openPresenterLink(new Request(address), {
    params: Promise.resolve({ token: address.slice(address.lastIndexOf('/') + 1) }),
  })

const cookie = () => ({ cookie: presenter.split(';')[0] ?? '' })

test('links that let people in name it, and lead on within it', async () => {
  expect(share.addresses).toEqual([`${app.url}/join/${share.code}`])
  expect(app.url).toMatch(new RegExp(`:\\d+${BASE_PATH}$`))
  expect(link.startsWith(`${app.url}/present/`)).toBe(true)
  expect((await open(link)).headers.get('location')).toBe(`${BASE_PATH}/r/lobby`)
  expect((await open(`${app.url}/present/none`)).headers.get('location')).toBe(
    `${BASE_PATH}/r/lobby?link=ended`,
  )
})

test('a browser sends the cookie to nothing else on the host', async () => {
  expect(presenter).toContain(`; Path=${BASE_PATH};`)
  const joined = await app.request('POST', '/api/join', { code: share.code, name: 'Mei' })
  expect(joined.status).toBe(200)
  expect(joined.headers.get('set-cookie')).toContain(`; Path=${BASE_PATH};`)
})

test('the API answers there, and names addresses that lead there', async () => {
  expect((await app.request('PUT', '/api/rooms/base-path', undefined, cookie())).status).toBe(201)
  const body = { system: 'redis', mode: 'fanout', name: 'news' }
  const added = await app.request('POST', '/api/rooms/base-path/destinations', body, cookie())
  const problem = (await added.json()) as Record<string, string>
  // Its broker is away.
  expect(problem).toMatchObject({
    instance: `${BASE_PATH}/api/rooms/base-path/destinations`,
    type: expect.stringMatching(new RegExp(`^${BASE_PATH}/api/openapi\\.json#/components/responses/`)),
  })
  const described = await (await app.request('GET', '/api/openapi.json')).json()
  expect(described).toMatchObject({ servers: [{ url: BASE_PATH }], paths: { '/api/rooms': {} } })
  expect(JSON.stringify(described)).toContain(`"instance":"${BASE_PATH}/api/rooms/lobby"`)
  expect(await (await app.request('GET', '/api/asyncapi.json')).json()).toMatchObject({
    servers: { dashboard: { pathname: `${BASE_PATH}/socket.io/` } },
  })
})

test('sockets connect there, and nowhere else', async () => {
  const [, token = ''] = /=([^;]+)/.exec(presenter) ?? []
  const socket = await app.connect({ auth: { version: 2, token } })
  expect((await socket.join('lobby')).room).toBe('lobby')
  await expect(app.connect({ path: '/socket.io', reconnection: false })).rejects.toThrow()
})

test('what lies outside is answered with 404, and says where the dashboard is', async () => {
  const { origin } = new URL(app.url)
  for (const path of ['/', '/r/lobby', '/hall', '/hall/switchboards', '/Hall/switchboard/api/health']) {
    const answer = await fetch(origin + path, { redirect: 'manual' })
    expect([path, answer.status]).toEqual([path, 404])
    expect(await answer.text()).toContain(`the dashboard is at ${BASE_PATH}`)
  }
  const problem = await fetch(`${origin}/api/health`)
  expect([problem.status, problem.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  expect(await problem.json()).toMatchObject({ code: 'not-found', instance: '/api/health' })
})

test('a page of another site gets nothing from the API below it either', async () => {
  const from = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  expect((await app.request('GET', '/api/health', undefined, from)).status).toBe(403)
})
