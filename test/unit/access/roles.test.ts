import { describe, expect, test } from 'vitest'
import { ROLES, type Role } from '#lib/protocol/command-definition.ts'
import { type CommandName, commandNamed, commandNames } from '#lib/protocol/command-table.ts'
import type { Reply } from '#lib/protocol/errors.ts'
import { until } from '#test/support/until.ts'
import { openScriptedDoors, type ScriptedDoors } from '../commands/scripted-doors.ts'

const REFUSALS = ['token-needed', 'forbidden-role', 'not-yours']

/** What the table says of a role: the code with which a command is refused, or undefined. */
function expected(role: Role, name: CommandName): string | undefined {
  const { needs, ownOnly } = commandNamed(name)
  if (ROLES.indexOf(role) < ROLES.indexOf(needs)) return role === 'anyone' ? 'token-needed' : 'forbidden-role'
  return role === 'participant' && ownOnly ? 'not-yours' : undefined
}

const openShared = () => openScriptedDoors({ sharing: true })

async function tokenOf(doors: ScriptedDoors, role: Role, name = 'Ada'): Promise<string | undefined> {
  if (role === 'anyone') return undefined
  const { links } = await doors.access.presenterLink()
  if (role === 'presenter') return links[0]?.split('/').at(-1)
  const { code } = (await doors.rooms.get('lobby')).access
  const response = await doors.request('POST', '/api/join', { code, name, bearer: true })
  return ((await response.json()) as { token: string }).token
}

/** An input that every command can read the consumer from, or refuses only after asking who may. */
const input = { consumer: 'reader-1', command: 'pause', settings: {}, room: 'lobby' }

async function problemCode(response: Response): Promise<string | undefined> {
  const isProblem = response.headers.get('content-type')?.includes('problem') ?? false
  const text = await response.text()
  return isProblem ? (JSON.parse(text) as { code: string }).code : undefined
}

const codeOf = (reply: Reply<unknown>) => (reply.ok ? undefined : reply.code)

describe('every command, for every role', () => {
  test.each(ROLES)('is allowed or refused over sockets as the table says: %s', async (role) => {
    const doors = await openShared()
    const socket = await doors.connect({ auth: { version: 2, token: await tokenOf(doors, role) } })
    if (role !== 'anyone') await socket.join('lobby')
    const refused: Partial<Record<CommandName, string | undefined>> = {}
    for (const name of commandNames) {
      if (name === 'room:leave' || name === 'room:remove') continue
      const code = codeOf(await socket.command(name, input as never))
      refused[name] = code !== undefined && REFUSALS.includes(code) ? code : undefined
    }
    const asked = Object.keys(refused) as CommandName[]
    expect(refused).toEqual(Object.fromEntries(asked.map((name) => [name, expected(role, name)])))
  })

  test.each(ROLES)('is allowed or refused over HTTP as the table says: %s', async (role) => {
    const doors = await openShared()
    const token = await tokenOf(doors, role)
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    for (const name of commandNames) {
      const { http } = commandNamed(name)
      if (http === null) continue
      const path = http.path.replaceAll(
        /\{(\w+)\}/g,
        (_, part: string) => Reflect.get(input, part) ?? 'redis',
      )
      if (name === 'room:remove' && role === 'presenter') continue
      const body = http.body ? { settings: {} } : undefined
      const response = await doors.request(http.method.toUpperCase(), path, body, headers)
      const code = await problemCode(response)
      const refusal = code !== undefined && REFUSALS.includes(code) ? code : undefined
      expect(refusal, `${role} ${name} ${response.status}`).toBe(expected(role, name))
    }
  })
})

describe('a participant', () => {
  test('is for one room alone, and learns nothing of others', async () => {
    const doors = await openShared()
    await doors.rooms.create('den')
    const headers = { authorization: `Bearer ${await tokenOf(doors, 'participant')}` }
    const codes = await Promise.all(
      ['den', 'nowhere'].map(async (room) => {
        const answers = [`/api/rooms/${room}`, `/api/rooms/${room}/share`, `/api/rooms/${room}/events`]
        return Promise.all(
          answers.map(async (path) => (await doors.request('GET', path, undefined, headers)).json()),
        )
      }),
    )
    const plain = codes.map((answers) => answers.map((one) => (one as { code: string }).code))
    expect(plain).toEqual([
      ['forbidden-room', 'forbidden-room', 'forbidden-room'],
      ['forbidden-room', 'forbidden-room', 'forbidden-room'],
    ])
    const socket = await doors.connect({
      auth: { version: 2, token: await tokenOf(doors, 'participant', 'Bo') },
    })
    await expect(socket.join('den')).rejects.toThrow('forbidden-room')
    await expect(socket.join('nowhere')).rejects.toThrow('forbidden-room')
  })

  test('is the person of the token, whatever the browser says, and speaks under that name alone', async () => {
    const doors = await openShared()
    const ada = await doors.connect({
      auth: { version: 2, token: await tokenOf(doors, 'participant', 'Ada') },
    })
    const eve = await doors.connect({
      auth: { version: 2, token: await tokenOf(doors, 'participant', 'Eve') },
    })
    await ada.join('lobby', { personId: 'mallory', name: 'Ada' })
    const people = (await eve.join('lobby', { personId: 'mallory', name: 'ADA' })).people
    expect(new Set(people.map(({ id }) => id)).has('mallory')).toBe(false)
    expect(people.map(({ name }) => name).sort()).toEqual(['Ada', 'Eve'])
    expect(codeOf(await eve.command('person:update', { name: 'Ada', colour: 1 }))).toBe('name-taken')
    await eve.command('message:publish', {
      ...{ text: 'hello', sender: 'Ada' },
      to: [{ system: 'redis', destination: 'chatroom' }],
    })
    doors.drivers.redis.publishes[0]?.answer()
    const said = await until('the message', () => doors.events.find((event) => 'sender' in event))
    expect(said).toMatchObject({ sender: 'Eve' })
  })

  test('who is muted sends nothing, over neither door, until they may again', async () => {
    const doors = await openShared()
    const token = await tokenOf(doors, 'participant', 'Ada')
    const ada = await doors.connect({ auth: { version: 2, token } })
    const { people } = await ada.join('lobby')
    const id = people[0]?.id ?? ''
    const presenter = { authorization: `Bearer ${await tokenOf(doors, 'presenter')}` }
    const mute = (muted: boolean) =>
      doors.request('PATCH', `/api/rooms/lobby/people/${id}`, { muted }, presenter)
    expect((await mute(true)).status).toBe(204)
    const publish = () =>
      ada.command('message:publish', { text: 'x', to: [{ system: 'redis', destination: 'chatroom' }] })
    expect(codeOf(await publish())).toBe('muted')
    const message = { text: 'x', system: 'redis' }
    const headers = { authorization: `Bearer ${token}` }
    expect((await doors.request('POST', '/api/rooms/lobby/messages', message, headers)).status).toBe(403)
    expect((await doors.lobby.snapshot()).people).toMatchObject([{ name: 'Ada', muted: true }])
    await mute(false)
    expect(codeOf(await publish())).toBeUndefined()
  })

  test('who is removed is out, and their token lets them in no more', async () => {
    const doors = await openShared()
    const token = await tokenOf(doors, 'participant', 'Ada')
    const headers = { authorization: `Bearer ${token}` }
    const ada = await doors.connect({ auth: { version: 2, token } })
    const { people } = await ada.join('lobby')
    const removed = new Promise((resolve) => ada.socket.once('removed', resolve))
    const stream = await doors.request('GET', '/api/rooms/lobby/events', undefined, {
      ...headers,
      accept: 'text/event-stream',
    })
    const presenter = { authorization: `Bearer ${await tokenOf(doors, 'presenter')}` }
    const path = `/api/rooms/lobby/people/${people[0]?.id}`
    expect((await doors.request('DELETE', path, undefined, presenter)).status).toBe(204)
    expect(await removed).toEqual({ room: 'lobby' })
    // The stream ends by itself: reading it to its end would hang otherwise.
    await stream.text()
    await expect(ada.join('lobby')).rejects.toThrow('person-removed')
    expect((await doors.request('GET', '/api/rooms/lobby', undefined, headers)).status).toBe(403)
    const { code } = doors.lobby.access
    expect((await doors.request('POST', '/api/join', { code, name: 'Other' }, headers)).status).toBe(403)
    expect((await doors.lobby.snapshot()).people).toEqual([])
  })
})

describe('the door', () => {
  test('gives a browser a cookie that no script reads, and a program that asks for it the token', async () => {
    const doors = await openShared()
    const { code } = doors.lobby.access
    const browser = await doors.request('POST', '/api/join', { code: code.toLowerCase(), name: 'Ada' })
    const cookie = browser.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(
      /^switchboard=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
    )
    expect(await browser.json()).not.toHaveProperty('token')
    const [pair = ''] = cookie.split(';')
    const access = await doors.request('GET', '/api/access', undefined, { cookie: pair })
    expect(await access.json()).toMatchObject({ sharing: true, role: 'participant', room: 'lobby' })
    const socket = await doors.connect({ extraHeaders: { cookie: pair } })
    expect((await socket.join('lobby')).people).toMatchObject([{ name: 'Ada' }])
  })

  test('says of a token that ended, is foreign or was altered why it counts for nothing', async () => {
    const doors = await openShared()
    const token = (await tokenOf(doors, 'participant')) ?? ''
    const ask = async (authorization?: string) => {
      const response = await doors.request(
        'GET',
        '/api/rooms/lobby',
        undefined,
        authorization ? { authorization } : {},
      )
      const { lacks } = (await response.json()) as { lacks?: string }
      return [response.status, lacks, response.headers.get('www-authenticate')]
    }
    expect(await ask()).toEqual([401, 'token', 'Bearer'])
    expect(await ask(`Bearer ${token}x`)).toEqual([401, 'valid-token', 'Bearer'])
    expect(await ask('Basic YTpi')).toEqual([401, 'valid-token', 'Bearer'])
    expect((await ask(`Bearer ${token}`))[0]).toBe(200)
  })

  test('answers every wrong code alike, and ever more slowly', async () => {
    const doors = await openShared()
    const { code } = (await doors.rooms.create('den')).room.access
    const wrong = [code.split('').reverse().join(''), 'AAAAAA', '', '../../x', 'x'.repeat(40), '7KM4TX']
    const answers = await Promise.all(
      wrong.slice(0, 5).map(async (guess) => {
        const response = await doors.request('POST', '/api/join', { code: guess, name: 'Eve' })
        return { status: response.status, text: await response.text() }
      }),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 403 })
    const slowed = await doors.request('POST', '/api/join', { code, name: 'Eve' })
    expect([slowed.status, slowed.headers.get('retry-after')]).toEqual([429, '1'])
    const socket = await doors.connect()
    expect(codeOf(await socket.command('access:join', { code, name: 'Eve' }))).toBe('rate-limited')
  })

  test('takes no name with invisible or turning characters, and none that another has', async () => {
    const doors = await openShared()
    const { code } = doors.lobby.access
    const statusOf = async (name: string) => (await doors.request('POST', '/api/join', { code, name })).status
    for (const name of [
      '',
      '   ',
      'Ad\u200ba',
      'Ad\u202ea',
      '\u2066Ada',
      'a\u0000',
      '\u115f',
      'x'.repeat(41),
    ]) {
      expect(await statusOf(name), JSON.stringify(name)).toBe(422)
    }
    expect(await statusOf('Ada')).toBe(200)
    expect(await statusOf('ada')).toBe(409)
    expect(await statusOf('Ａda')).toBe(409)
  })

  test('lets nobody see metrics, or more of health than which brokers are up, without a presenter’s token', async () => {
    const doors = await openShared()
    expect((await doors.request('GET', '/api/metrics')).status).toBe(401)
    const authorization = `Bearer ${await tokenOf(doors, 'presenter')}`
    expect((await doors.request('GET', '/api/metrics', undefined, { authorization })).status).toBe(200)
    expect((await doors.request('GET', '/api/health')).status).toBe(200)
  })
})

test('a presenter who joins by a code stays a presenter', async () => {
  const doors = await openShared()
  const authorization = `Bearer ${await tokenOf(doors, 'presenter')}`
  const { code } = doors.lobby.access
  const joined = await doors.request(
    'POST',
    '/api/join',
    { code, name: 'Pat', bearer: true },
    { authorization },
  )
  expect(await joined.json()).toMatchObject({ role: 'presenter', person: { name: 'Pat' } })
})

test('where nothing is shared everybody is a presenter, and a code leads to its room without a token', async () => {
  const doors = await openScriptedDoors()
  const joined = await doors.request('POST', '/api/join', { code: doors.lobby.access.code, name: 'Ada' })
  expect(joined.headers.get('set-cookie')).toBeNull()
  expect(await joined.json()).toMatchObject({ room: 'lobby', role: 'presenter', person: { name: 'Ada' } })
  expect((await doors.request('GET', '/api/metrics')).status).toBe(200)
})
