import { literal, shellWord } from '#lib/util/quoting.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { amqplibOpening, pikaOpening, urlOf } from './openings.ts'

/** The frames of consumers' programs; what differs from mode to mode is filled in. */

export const PIKA_ACK = '    channel.basic_ack(method.delivery_tag)'
export const AMQPLIB_ACK = '  channel.ack(message)'

interface Consuming {
  /** Declares what is consumed from. */
  declare: readonly string[]
  acks: boolean
  prefetch?: number
  /** The line that decides the outcome, and what happens without it. */
  marked: string
  without: string
}

interface PikaConsuming extends Consuming {
  imports?: readonly string[]
  handler: 'work' | 'read'
  consume: readonly string[]
}

interface AmqplibConsuming extends Consuming {
  /** Begins and ends the function that handles a message. */
  begin: string
  end: readonly string[]
}

const marked = (lines: readonly string[], line: string) => ({
  code: lines.join('\n'),
  line: lines.indexOf(line) + 1,
})

export function pika(place: SnippetContext, of: PikaConsuming): Snippet {
  const lines = [
    ...(of.imports ?? []),
    ...pikaOpening(place),
    ...of.declare,
    ...(of.prefetch === undefined ? [] : [`channel.basic_qos(prefetch_count=${of.prefetch})`]),
    '',
    '',
    `def ${of.handler}(channel, method, properties, body):`,
    '    print(body.decode())',
    ...(of.acks ? [PIKA_ACK] : []),
    '',
    '',
    ...of.consume,
    'channel.start_consuming()',
  ]
  return { label: 'pika', language: 'python', ...marked(lines, of.marked), without: of.without }
}

export function amqplib(place: SnippetContext, of: AmqplibConsuming): Snippet {
  const lines = [
    ...amqplibOpening(place, 'Channel'),
    ...of.declare,
    ...(of.prefetch === undefined ? [] : [`await channel.prefetch(${of.prefetch})`]),
    of.begin,
    '  if (message === null) return',
    '  console.log(message.content.toString())',
    ...(of.acks ? [AMQPLIB_ACK] : []),
    ...of.end,
  ]
  return { label: 'amqplib', language: 'javascript', ...marked(lines, of.marked), without: of.without }
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
