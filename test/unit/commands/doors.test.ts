import { describe, expect, test, vi } from 'vitest'
import { createAccess } from '#lib/access/access.ts'
import { createHttpActors } from '#lib/http/http-actors.ts'
import {
  type CommandInput,
  type CommandName,
  commandNamed,
  commandNames,
} from '#lib/protocol/command-table.ts'
import type { Reply } from '#lib/protocol/errors.ts'
import { EVENT_STREAMS_MAX_PER_ADDRESS } from '#lib/protocol/limits.ts'
import { createTokenBucket } from '#lib/util/token-bucket.ts'
import { until } from '#test/support/until.ts'
import { openScriptedDoors, type ScriptedDoors } from './scripted-doors.ts'

type Examples = { [C in CommandName]: CommandInput<C> }

/** An input of each command with which it succeeds, run in the order of the table. */
const examples = (epoch: string, code: string): Examples => ({
  'access:join': { code, name: 'Bo' },
  'access:get': {},
  'access:share': { room: 'lobby' },
  'access:presenter-link': {},
  'room:join': { room: 'lobby', personId: 'ada', name: 'Ada', colour: 1 },
  'room:leave': {},
  'person:update': { name: 'Grace', colour: 2 },
  'person:show': { shows: { tab: 'one', view: 'flow', lanes: { redis: 'chatroom' } } },
  'person:mute': { person: 'grace', muted: true },
  'person:remove': { person: 'grace' },
  'seat:take': {},
  'seat:drop': {},
  'seat:leave': {},
  'seats:update': { choice: true },
  'room:get': {},
  'room:list': {},
  'room:create': { room: 'den', scene: 'empty' },
  'room:scene': {},
  'room:remove': { room: 'den' },
  'room:events': { since: { epoch, seq: 0 } },
  'message:publish': { text: 'hello', to: [{ system: 'redis', destination: 'chatroom' }] },
  'consumer:add': { system: 'redis', name: 'late' },
  'consumer:update': { consumer: 'late', settings: {} },
  'consumer:remove': { consumer: 'redis:chatroom:late' },
  'consumer:command': { consumer: 'reader-1', command: 'pause' },
  'destination:add': { system: 'kafka', mode: 'log', name: 'side' },
  'destination:update': { destination: 'side', settings: { partitions: 4 } },
  'destination:declare': { destination: 'side' },
  'destination:remove': { destination: 'kafka:side' },
  'room:reset': {},
  'load:start': { system: 'redis', rate: 1, count: 2, size: 3 },
  'load:stop': {},
  'broker:retry': { system: 'redis' },
  'destination:browse': { destination: 'datascience', from: 'newest', limit: 5 },
  'destination:list': { system: 'redis' },
  'broker:fault': { system: 'redis', fault: 'pause' },
  'consumer:fault': { consumer: 'reader-1', fault: { kind: 'slow', latencyMs: 5, jitterMs: 0 } },
  'lesson:list': {},
  'lesson:get': { lesson: 'pubsub-now-or-never' },
  'lesson:open': { lesson: 'pubsub-now-or-never' },
  'lesson:here': {},
  'lesson:move': { step: 1 },
  'lesson:close': {},
  'vote:open': { question: 'How many get it?', choices: ['One', 'All'] },
  'vote:cast': { choice: 0 },
  'vote:reveal': { right: 0 },
  'vote:close': {},
})

/** Grace is in the room, for what is done about a person. */
async function examplesFor(doors: ScriptedDoors): Promise<Examples> {
  const grace = await doors.connect()
  await grace.join('lobby', { personId: 'grace' })
  await doors.rooms.create('school', { scene: 'empty' })
  return examples(doors.rooms.epoch, (await doors.rooms.get('lobby')).access.code)
}

/** The lobby has no lessons. */
const roomOf = (name: CommandName): string => (name.startsWith('lesson:') ? 'school' : 'lobby')

/** The HTTP request of a command: the members of its input are in the path where it names them, else in the body. */
async function requestOf(doors: ScriptedDoors, name: CommandName, input: Record<string, unknown>) {
  const { http } = commandNamed(name)
  if (http === null) throw new Error(`${name} has no address`)
  const rest = { ...input }
  const path = http.path.replaceAll(/\{(\w+)\}/g, (_, member: string) => {
    const value = rest[member] ?? roomOf(name)
    delete rest[member]
    return encodeURIComponent(String(value))
  })
  const body =
    name === 'message:publish' ? { text: input.text, system: 'redis', destination: 'chatroom' } : rest
  const response = await doors.request(http.method.toUpperCase(), path, http.body ? body : undefined)
  return { status: response.status, declared: Object.keys(http.success), text: await response.text() }
}

const runOverSocket = async (doors: ScriptedDoors) => {
  const socket = await doors.connect()
  const replies = new Map<CommandName, Reply<unknown>>()
  const inputs = await examplesFor(doors)
  await socket.join('lobby')
  for (const name of commandNames) {
    if (name === 'lesson:list') await socket.join(roomOf(name))
    replies.set(name, await socket.command(name, inputs[name] as never))
    if (name === 'room:leave') await socket.join('lobby')
  }
  return replies
}

const answerPublishes = ({ drivers }: ScriptedDoors) => {
  drivers.redis.script.publish = async () => ({ outcome: 'unheard', evidence: 'broker', at: Date.now() })
}

describe('every command of the table', () => {
  test('is served to sockets', async () => {
    const doors = await openScriptedDoors()
    answerPublishes(doors)
    const replies = await runOverSocket(doors)
    expect([...replies].filter(([, reply]) => !reply.ok)).toEqual([])
    expect([...replies.keys()]).toEqual(commandNames)
  })

  test('is served over HTTP with the status that the table gives, if it has an address', async () => {
    const doors = await openScriptedDoors()
    answerPublishes(doors)
    const inputs = await examplesFor(doors)
    for (const name of commandNames.filter((one) => commandNamed(one).http !== null)) {
      const { status, declared, text } = await requestOf(doors, name, inputs[name])
      expect(declared, `${name}: ${status} ${text}`).toContain(String(status))
    }
  })
})

describe('a consumer or destination', () => {
  const bothDoors = async (doors: ScriptedDoors, command: CommandName, input: Record<string, unknown>) => {
    const socket = await doors.connect()
    await socket.join('lobby')
    const reply = await socket.command(command, input as never)
    const { text } = await requestOf(doors, command, input)
    const problem = text === '' ? {} : (JSON.parse(text) as { code?: string; detail?: string })
    return { overSocket: reply, overHttp: problem }
  }

  test.each(['redis:chatroom:subscriber-1', 'subscriber-1'])(
    'is found by its id and by its name: %s',
    async (asked) => {
      const doors = await openScriptedDoors()
      const { overSocket, overHttp } = await bothDoors(doors, 'consumer:update', {
        consumer: asked,
        settings: {},
      })
      expect(overSocket).toMatchObject({ ok: true, value: { id: 'redis:chatroom:subscriber-1' } })
      expect(overHttp).toMatchObject({ id: 'redis:chatroom:subscriber-1' })
    },
  )

  test('that is not there is not found', async () => {
    const doors = await openScriptedDoors()
    const { overSocket, overHttp } = await bothDoors(doors, 'destination:remove', { destination: 'nothing' })
    expect(overSocket).toMatchObject({ ok: false, code: 'destination-not-found' })
    expect(overHttp).toMatchObject({ code: 'destination-not-found' })
  })

  test('whose name another one has is refused with the ids of both', async () => {
    const doors = await openScriptedDoors()
    await doors.lobby.addConsumer({ system: 'redis', name: 'twin' })
    await doors.lobby.addConsumer({ system: 'kafka', name: 'twin' })
    const { overSocket, overHttp } = await bothDoors(doors, 'consumer:remove', { consumer: 'twin' })
    const ids = 'redis:chatroom:twin, kafka:datascience:twin'
    expect(overSocket).toMatchObject({ ok: false, code: 'ambiguous-name', detail: { ids } })
    expect(overHttp).toMatchObject({ code: 'ambiguous-name', status: 409, ids })
  })

  test('may be named by its id where its system is given beside it, and not by the id of another system', async () => {
    const doors = await openScriptedDoors()
    answerPublishes(doors)
    const send = (destination: string) =>
      doors.request('POST', '/api/rooms/lobby/messages', { system: 'redis', destination, text: 'hello' })
    expect((await send('chatroom')).status).toBe(202)
    expect((await send('redis:chatroom')).status).toBe(202)
    expect((await send('kafka:datascience')).status).toBe(404)
  })
})

describe('the limit over HTTP', () => {
  const BURST = 5
  /** One more each second, so that a slow machine earns none of them during a flood. */
  const openLimited = () => openScriptedDoors({ createBucket: () => createTokenBucket(1, BURST) })
  const flood = async (doors: ScriptedDoors, headers: (n: number) => Record<string, string> = () => ({})) => {
    const answers: Response[] = []
    for (let n = 0; n < BURST * 3; n += 1) {
      answers.push(await doors.request('GET', '/api/rooms/lobby', undefined, headers(n)))
    }
    return answers
  }

  test('refuses a flood with the time to wait, and lets the same client through after it', async () => {
    const doors = await openLimited()
    const refused = (await flood(doors)).filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    const problems = await Promise.all(refused.map((one) => one.json() as Promise<{ retryAfterMs: number }>))
    for (const problem of problems) {
      expect(problem).toMatchObject({ code: 'rate-limited', retryAfterMs: expect.any(Number) })
    }
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0)).toBe(true)
    const wait = Math.max(...problems.map(({ retryAfterMs }) => retryAfterMs))
    await new Promise((resolve) => setTimeout(resolve, wait))
    expect((await doors.request('GET', '/api/rooms/lobby')).status).toBe(200)
  })

  test('cannot be evaded by a header that claims another address', async () => {
    const doors = await openLimited()
    const claims = (n: number) => ({
      'x-switchboard-client-address': `10.0.0.${n}`,
      'x-switchboard-connection': `${n}`,
      'x-forwarded-for': `10.0.0.${n}`,
    })
    expect((await flood(doors, claims)).some(({ status }) => status === 429)).toBe(true)
  })

  test('leaves sockets, health and descriptions alone', async () => {
    const doors = await openLimited()
    const socket = await doors.connect()
    await flood(doors)
    expect((await doors.request('GET', '/api/health')).status).toBe(200)
    expect((await doors.request('GET', '/api/openapi.json')).status).toBe(200)
    await socket.join('lobby')
    expect((await socket.command('room:get', {})).ok).toBe(true)
  })

  test('is one for each connection, within a larger one for each client address', async () => {
    const { rooms } = await openLimited()
    const CONNECTIONS = 3
    const actorOf = createHttpActors(rooms, createAccess({ rooms, sharing: false }), {
      connection: () => createTokenBucket(1, BURST),
      address: () => createTokenBucket(1, BURST * CONNECTIONS),
    })
    const take = (address: string, connection: number) => {
      const headers = {
        'x-switchboard-client-address': address,
        'x-switchboard-connection': `${address} ${connection}`,
      }
      return actorOf(new Request('http://localhost/api/rooms/lobby', { headers }), 'lobby').bucket.take()
    }
    const takeAll = (address: string, connection: number) =>
      Array.from({ length: BURST * 2 }, () => take(address, connection)).filter((wait) => wait === 0).length
    // A hall behind one address: what one program is refused takes nothing from the others.
    for (let connection = 0; connection < CONNECTIONS; connection += 1) {
      expect(takeAll('10.0.0.1', connection)).toBe(BURST)
    }
    expect(take('10.0.0.1', CONNECTIONS), 'a new connection is no way round the limit').toBeGreaterThan(0)
    expect(take('10.0.0.2', 0)).toBe(0)
  })
})

test('HEAD on the event stream is answered with its headers, and leaves no watcher', async () => {
  const doors = await openScriptedDoors()
  const watch = vi.spyOn(doors.lobby, 'watch')
  for (const accept of ['text/event-stream', 'application/x-ndjson']) {
    const response = await doors.request('HEAD', '/api/rooms/lobby/events', undefined, { accept })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain(accept)
    expect(await response.text()).toBe('')
  }
  expect(watch).not.toHaveBeenCalled()
})

test('a client address that reads as many event streams as it may is refused one more until it leaves one', async () => {
  const doors = await openScriptedDoors({ createBucket: () => ({ take: () => 0 }) })
  const open = async () => {
    const leave = new AbortController()
    // Kept: a response that nobody can reach any more is cancelled.
    const response = await doors.request(
      'GET',
      '/api/rooms/lobby/events',
      undefined,
      { accept: 'text/event-stream' },
      leave.signal,
    )
    return { status: response.status, response, leave }
  }
  const streams = await Promise.all(Array.from({ length: EVENT_STREAMS_MAX_PER_ADDRESS }, open))
  expect(streams.every(({ status }) => status === 200)).toBe(true)
  expect((await open()).status).toBe(422)
  streams[0]?.leave.abort()
  await until('a place', async () => (await open()).status === 200)
})
