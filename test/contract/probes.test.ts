import { describe, expect, test } from 'vitest'
import { recipe as kafka } from '#lib/brokers/kafka/recipe.ts'
import { recipe as rabbitmq } from '#lib/brokers/rabbitmq/recipe.ts'
import { ProbeError } from '#lib/brokers/recipe.ts'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { testBrokers } from '#test/support/brokers.ts'

/** A broker of another system may stay silent: how long a probe then waits. */
const TIMEOUT_MS = 300

async function reasonOf(probe: Promise<unknown>) {
  const error = await probe.then(
    () => expect.unreachable('a probe of no broker succeeded'),
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(ProbeError)
  return (error as ProbeError).reason
}

describe('a probe of the real broker', () => {
  test('reports the version that the broker gives', async () => {
    const brokers = testBrokers()
    const [rabbit, red, kaf] = await Promise.all([
      rabbitmq.probe(brokers.rabbitmq.url, 5_000),
      redis.probe(brokers.redis.url, 5_000),
      kafka.probe(brokers.kafka.url, 5_000),
    ])
    expect(rabbit.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(red.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(kaf.version).toMatch(/^\d+\.\d+$|^unknown$/)
  })

  test('distinguishes a wrong password from a broker that is away', async () => {
    const brokers = testBrokers()
    const strange = brokers.rabbitmq.url.replace(/\/\/[^@]+@/, '//guest:wrong@')
    expect(await reasonOf(rabbitmq.probe(strange, 5_000))).toMatchObject({
      code: 'authentication',
      text: expect.stringContaining('ACCESS_REFUSED'),
    })
    const withPassword = brokers.redis.url.replace('//', '//:wrong@')
    expect((await reasonOf(redis.probe(withPassword, 5_000))).code).toBe('authentication')
  })

  test('reports another kind of broker at the address as something else than a wrong password', async () => {
    const brokers = testBrokers()
    const hostPort = (url: string) => url.replace(/^\w+:\/\/([^@/]*@)?/, '')
    const crossed = [
      () => kafka.probe(hostPort(brokers.redis.url), TIMEOUT_MS),
      () => redis.probe(`redis://${hostPort(brokers.rabbitmq.url)}`, TIMEOUT_MS),
      () => rabbitmq.probe(`amqp://${hostPort(brokers.kafka.url)}`, TIMEOUT_MS),
    ]
    for (const probe of crossed) expect((await reasonOf(probe())).code).not.toBe('authentication')
  })
})
