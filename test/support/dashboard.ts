import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { SERVER_PROCESS } from '#lib/launcher/bootstrap/child-processes.mjs'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { parseBaseUrls } from '#lib/util/base-path.mjs'
import type { TestBrokers } from './brokers.ts'
import { patientFetch } from './patient-fetch.ts'
import { projectRoot } from './source-files.ts'
import { until } from './until.ts'

/** A port nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port to be had')
  return address.port
}

/** The dashboard as a person runs it: the production build in a process of its own, on real brokers. */
export interface Dashboard {
  readonly url: string
  /** Everything it printed. */
  readonly output: () => string
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  snapshot(room?: string): Promise<RoomSnapshot>
  /** Every event held after `since`. */
  events(since: number, room?: string): Promise<RoomEvent[]>
  /** Posts a message and returns the position that its whole life lies behind. */
  send(
    system: string,
    text: string,
    more?: Record<string, unknown>,
  ): Promise<{ id: string; seq: number; epoch: string }>
  /** Resolves once every consumer of the room is attached. */
  attached(room?: string): Promise<RoomSnapshot>
  kill9(): Promise<void>
  /** Starts again on the same port after `kill9`. */
  startAgain(): Promise<void>
  close(): Promise<void>
}

/** How long the page may take to answer on a busy machine with two cores. */
const START_TIMEOUT_MS = 60_000

/** The server's process: it can be ended and started again on the same port. */
function createServerProcess(url: string, brokers: TestBrokers, env: Record<string, string>) {
  let child: ChildProcess | undefined
  let printed = ''

  const start = async () => {
    child = spawn(process.execPath, [...SERVER_PROCESS, '--no-install'], {
      cwd: projectRoot,
      env: {
        ...process.env,
        // The test runner sets one of its own.
        BASE_URL: '',
        NODE_ENV: 'production',
        PORT: new URL(url).port,
        HOST: '127.0.0.1',
        ROOMS_FILE: 'off',
        RABBITMQ_URL: brokers.rabbitmq.url,
        RABBITMQ_MANAGEMENT_URL: brokers.rabbitmq.managementUrl,
        REDIS_URL: brokers.redis.url,
        KAFKA_BROKERS: brokers.kafka.url,
        ...env,
      },
      // The channel's end is the server's: a run that is interrupted leaves none behind.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const note = (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-100_000)
    }
    child.stdout?.on('data', note)
    child.stderr?.on('data', note)
    const started = child
    const answered = await until(
      'the dashboard to answer',
      async () => {
        if (started.exitCode !== null) return 'ended'
        return (await fetch(`${url}/api/health`)).ok && 'answers'
      },
      { timeoutMs: START_TIMEOUT_MS, everyMs: 50 },
    )
    if (answered === 'ended') throw new Error(`the dashboard ended with ${started.exitCode}: ${printed}`)
  }

  const end = async (signal: NodeJS.Signals) => {
    const ending = child
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise<void>((resolve) => ending.once('exit', () => resolve()))
    ending.kill(signal)
    await gone
  }
  return { start, end, output: () => printed }
}

/** What tests ask of a dashboard over HTTP. */
function createClient(url: string): Pick<Dashboard, 'request' | 'snapshot' | 'events' | 'send' | 'attached'> {
  const request: Dashboard['request'] = (method, path, body, headers = {}) =>
    patientFetch(`${url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  const snapshot: Dashboard['snapshot'] = async (room = 'lobby') =>
    (await (await request('GET', `/api/rooms/${room}`)).json()) as RoomSnapshot
  return {
    request,
    snapshot,
    events: async (since, room = 'lobby') => {
      const text = await (await request('GET', `/api/rooms/${room}/events?since=${since}`)).text()
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as RoomEvent)
    },
    send: async (system, text, more = {}) => {
      const answer = await request('POST', `/api/rooms/${more.room ?? 'lobby'}/messages`, {
        system,
        text,
        ...more,
        room: undefined,
      })
      if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`)
      return (await answer.json()) as { id: string; seq: number; epoch: string }
    },
    attached: (room = 'lobby') =>
      until(
        'every consumer to be attached',
        async () => {
          const seen = await snapshot(room)
          if (seen.consumers.length > 0 && seen.consumers.every((consumer) => consumer.state === 'attached'))
            return seen
          throw new Error(
            JSON.stringify(seen.consumers.map(({ name, state, reason }) => ({ name, state, reason }))),
          )
        },
        { timeoutMs: 40_000, everyMs: 50 },
      ),
  }
}

/** Starts the dashboard as `npm start` does, in a process of its own on a free port; resolves once it answers. */
export async function startDashboard(
  brokers: TestBrokers,
  env: Record<string, string> = {},
): Promise<Dashboard> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}${parseBaseUrls(env.BASE_URL).basePath}`
  const server = createServerProcess(url, brokers, env)
  await server.start()
  return {
    url,
    output: server.output,
    ...createClient(url),
    kill9: () => server.end('SIGKILL'),
    startAgain: server.start,
    close: () => server.end('SIGTERM'),
  }
}
