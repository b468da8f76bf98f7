import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { healthSchema } from '#lib/protocol/status.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { type Dashboard, freePort, startDashboard } from '#test/support/dashboard.ts'
import { projectRoot } from '#test/support/source-files.ts'
import { until } from '#test/support/until.ts'

const CLOSES_WITHIN_MS = 10_000

/** Runs the server where it cannot start, and returns how it ended. */
async function failToStart(env: Record<string, string>): Promise<{ code: number | null; words: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'server.ts', '--no-install'], {
    cwd: projectRoot,
    // Nothing of the test runner's own environment, which has a BASE_URL.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString()
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, words }
}

describe('a server that cannot start prints why on one line and exits with 1', () => {
  test('when its port is taken', async () => {
    const port = await freePort()
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve))
    const { code, words } = await failToStart({ PORT: String(port) })
    holder.close()
    expect(code).toBe(1)
    expect(words.trim().split('\n')).toEqual([expect.stringContaining(`Port ${port} is taken`)])
  })

  test('when its pages were built for another path than BASE_URL has, with what to do', async () => {
    const { code, words } = await failToStart({ BASE_URL: 'https://hall.example/elsewhere', PORT: '0' })
    expect(code).toBe(1)
    expect(words.trim().split('\n')).toEqual([
      expect.stringMatching(/BASE_URL.* \/elsewhere, .* built for \/\..*npm run build.*--build-arg BASE_URL/),
    ])
  })

  test('when its environment has faults, which are all printed', async () => {
    const { code, words } = await failToStart({ PORT: 'abc', LOG_LEVEL: 'loud' })
    expect(code).toBe(1)
    expect(words).toContain('PORT')
    expect(words).toContain('LOG_LEVEL')
  })
})

test('a variable of one broker that cannot be used is named, and takes down its lane, not the server', async () => {
  const brokers = { ...testBrokers(), redis: { url: 'cache.example:6379' } }
  const dashboard = await startDashboard(brokers, { KAFKA_SASL_MECHANISM: 'digest' })
  onTestFinished(() => dashboard.close())
  const health = await until('RabbitMQ to be up', async () => {
    const answer = healthSchema.parse(await (await dashboard.request('GET', '/api/health')).json())
    return answer.brokers.rabbitmq?.status === 'up' && answer
  })
  expect(health).toMatchObject({
    status: 'degraded',
    brokers: {
      redis: { status: 'down', reason: expect.stringContaining('REDIS_URL') },
      kafka: { status: 'down', reason: expect.stringContaining('KAFKA_SASL_MECHANISM') },
    },
  })
  expect(dashboard.output()).toContain('REDIS_URL must begin with redis:// or rediss://')
})

describe('the server as a person runs it', () => {
  let dashboard: Dashboard
  beforeAll(async () => {
    dashboard = await startDashboard(testBrokers())
  })
  afterAll(() => dashboard.close())

  test('the page is served with a policy that forbids foreign code', async () => {
    const response = await dashboard.request('GET', '/r/lobby')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/html')
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toContain('unsafe-eval')
  })

  test('the address is printed once a broker is up', async () => {
    await until('the address', () => dashboard.output().includes(dashboard.url))
  })

  test('problems, descriptions and metrics are served beside the pages', async () => {
    const problem = await dashboard.request('GET', '/api/nope')
    expect(problem.status).toBe(404)
    expect(problem.headers.get('content-type')).toBe('application/problem+json')
    const openapi = (await (await dashboard.request('GET', '/api/openapi.json')).json()) as {
      openapi: string
    }
    expect(openapi.openapi).toBe('3.1.0')
    const asyncapi = (await (await dashboard.request('GET', '/api/asyncapi.json')).json()) as {
      asyncapi: string
    }
    expect(asyncapi.asyncapi).toBe('3.0.0')
    expect(await (await dashboard.request('GET', '/api/metrics')).text()).toContain('switchboard_broker_up')
  })

  test('it ends in time on request, also while a live stream is open', async () => {
    const stream = await dashboard.request('GET', '/api/rooms/lobby/events', undefined, {
      accept: 'text/event-stream',
    })
    const begun = performance.now()
    await Promise.all([dashboard.close(), stream.text()])
    expect(performance.now() - begun).toBeLessThan(CLOSES_WITHIN_MS)
  })
})
