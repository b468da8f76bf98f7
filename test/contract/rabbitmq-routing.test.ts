import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Binding, type ExchangeType, isRouted, parseHeaders } from '#lib/brokers/rabbitmq/routing.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { createRabbitBench, type Outside } from './support/rabbitmq-bench.ts'

/** What the preview says before a message is sent is what the real broker does. */

const bench = createRabbitBench()
const SEED = 20_261_126
const CASES = 120

const word = fc.constantFrom('a', 'b', '')
const keys = fc.array(word, { maxLength: 4 }).map((words) => words.join('.'))
const patterns = fc
  .array(fc.constantFrom('a', 'b', '*', '#', ''), { maxLength: 4 })
  .map((words) => words.join('.'))
const headers = fc.dictionary(fc.constantFrom('a', 'b', 'x-c'), fc.constantFrom('1', '2', ''), { maxKeys: 3 })
const asText = (pairs: Record<string, string>) =>
  Object.entries(pairs)
    .map((pair) => pair.join('='))
    .join(',')
const bindings = fc.record<Binding>({
  bindingKey: patterns,
  headersMatch: fc.constantFrom('all', 'any'),
  bindingHeaders: headers.map(asText),
})

interface Case {
  binding: Binding
  key: string
  headers: Record<string, string>
}

/** Binds a queue for each case, publishes one message for each, and returns which cases' messages reached their own queue. */
async function askBroker({ channel }: Outside, kind: ExchangeType, cases: Case[]): Promise<boolean[]> {
  const exchange = uniqueName('routing')
  await channel.assertExchange(exchange, kind, { durable: false })
  const reached = cases.map(() => false)
  let proofs = 0
  const { queue: proof } = await channel.assertQueue('', { exclusive: true })
  await channel.consume(proof, () => (proofs += 1), { noAck: true })
  for (const [index, { binding }] of cases.entries()) {
    const { queue } = await channel.assertQueue('', { exclusive: true })
    const given =
      kind === 'headers' ? { 'x-match': binding.headersMatch, ...parseHeaders(binding.bindingHeaders) } : {}
    await channel.bindQueue(queue, exchange, binding.bindingKey, given)
    const take = (id: unknown) => {
      if (id === String(index)) reached[index] = true
    }
    await channel.consume(queue, (message) => take(message?.properties.messageId), { noAck: true })
  }
  for (const [index, { key, headers }] of cases.entries()) {
    channel.publish(exchange, key, Buffer.from(''), { messageId: String(index), headers })
  }
  // Deliveries on one channel come behind each other: the proof's is the last.
  channel.sendToQueue(proof, Buffer.from(''))
  await until('the proof', () => proofs === 1)
  await channel.checkExchange(exchange)
  await channel.deleteExchange(exchange)
  return reached
}

describe('the preview of routing', () => {
  it.each(['fanout', 'direct', 'topic', 'headers'] as const)(
    `agrees with a real %s exchange in ${CASES} cases`,
    async (kind) => {
      const outside = await bench.outside()
      const cases = fc.sample(fc.record<Case>({ binding: bindings, key: keys, headers }), {
        seed: SEED,
        numRuns: CASES,
      })
      const reached = await askBroker(outside, kind, cases)
      const predicted = cases.map(({ binding, key, headers }) => isRouted(kind, binding, { key, headers }))
      const wrong = cases.flatMap((one, index) =>
        reached[index] === predicted[index] ? [] : [{ ...one, reached: reached[index] }],
      )
      expect(wrong).toEqual([])
      expect(new Set(reached).size).toBe(kind === 'fanout' ? 1 : 2)
    },
    60_000,
  )
})
