import { literal, shellWord } from '#lib/util/program-literals.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { amqplibOpening, pikaOpening, urlOf } from './openings.ts'

/** The frames of consumers' programs; what differs from mode to mode is filled in. */

export const PIKA_ACK = '    channel.basic_ack(method.delivery_tag)'
export const AMQPLIB_ACK = '  channel.ack(message)'

/** A consumer's program in both languages. `declare` declares what is consumed from; `marked` is the line that decides. */
interface Consuming {
  acks: boolean
  prefetch?: number
  /** What happens without the marked line. */
  without: string
  pika: {
    imports?: readonly string[]
    declare: readonly string[]
    handler: 'work' | 'read'
    consume: readonly string[]
    marked: string
  }
  amqplib: {
    declare: readonly string[]
    /** Begins and ends the function that handles a message. */
    begin: string
    end: readonly string[]
    marked: string
  }
}

/** A line where there is something to say. */
const maybe = <T>(value: T | undefined, line: (value: T) => string): string[] =>
  value === undefined ? [] : [line(value)]

const marked = (lines: readonly string[], line: string) => ({
  code: lines.join('\n'),
  line: lines.indexOf(line) + 1,
})

export function consumers(place: SnippetContext, { acks, prefetch, without, ...its }: Consuming): Snippet[] {
  const python = [
    ...(its.pika.imports ?? []),
    ...pikaOpening(place),
    ...its.pika.declare,
    ...maybe(prefetch, (count) => `channel.basic_qos(prefetch_count=${count})`),
    '',
    '',
    `def ${its.pika.handler}(channel, method, properties, body):`,
    '    print(body.decode())',
    ...(acks ? [PIKA_ACK] : []),
    '',
    '',
    ...its.pika.consume,
    'channel.start_consuming()',
  ]
  const script = [
    ...amqplibOpening(place, 'Channel'),
    ...its.amqplib.declare,
    ...maybe(prefetch, (count) => `await channel.prefetch(${count})`),
    its.amqplib.begin,
    '  if (message === null) return',
    '  console.log(message.content.toString())',
    ...(acks ? [AMQPLIB_ACK] : []),
    ...its.amqplib.end,
  ]
  return [
    { label: 'pika', language: 'python', ...marked(python, its.pika.marked), without },
    { label: 'amqplib', language: 'javascript', ...marked(script, its.amqplib.marked), without },
  ]
}

export const amqpConsume = (place: SnippetContext, source: string, without: string): Snippet => ({
  label: 'amqp-consume',
  language: 'shell',
  code: `amqp-consume --url=${shellWord(urlOf(place))} ${source} -- sh -c 'cat; echo'`,
  line: 1,
  without,
})

type Arguments = Readonly<Record<string, unknown>>

const pythonValue = (value: unknown): string =>
  typeof value === 'string' ? literal(value) : value === true ? 'True' : String(value)
const scriptValue = (value: unknown): string => (typeof value === 'string' ? literal(value) : String(value))

const pairs = (given: Arguments, write: (value: unknown) => string): string =>
  Object.entries(given)
    .map(([name, value]) => `${literal(name)}: ${write(value)}`)
    .join(', ')

export const pythonTable = (given: Arguments): string => `{${pairs(given, pythonValue)}}`
export const scriptTable = (given: Arguments): string => `{ ${pairs(given, scriptValue)} }`
