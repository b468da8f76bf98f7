import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { literal } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { amqplibOpening, consumerSettingsOf, pikaOpening, prefetchOf, producers } from './programs.ts'

/** A stream refuses readers without a prefetch limit. */
const STREAM_PREFETCH = 100
const MS_PER_SECOND = 1_000
const WITHOUT =
  'Without the marked line it reads only what comes from now on; "first" reads all that is kept.'

interface Start {
  python: string
  script: string
  /** What Python has to import for it. */
  imports: readonly string[]
}

function startOf(place: SnippetContext): Start {
  const settings = consumerSettingsOf(place)
  const from = settingValue(settings, 'from', 'next')
  const at = settingValue(settings, 'offset', '')
  if (from === 'number' && /^\d+$/.test(at)) return { python: at, script: at, imports: [] }
  const time = Date.parse(at)
  if (from === 'timestamp' && time >= 0) {
    const seconds = Math.floor(time / MS_PER_SECOND)
    return {
      python: `datetime.fromtimestamp(${seconds}, timezone.utc)`,
      script: `{ '!': 'timestamp', value: ${seconds} }`,
      imports: ['from datetime import datetime, timezone', ''],
    }
  }
  const word = from === 'first' || from === 'last' ? from : 'next'
  return { python: literal(word), script: literal(word), imports: [] }
}

function pika(place: SnippetContext): Snippet {
  const { python, imports } = startOf(place)
  const stream = literal(place.address)
  const program = highlightedProgram(
    [
      ...imports,
      ...pikaOpening(place),
      `channel.queue_declare(${stream}, passive=True)`,
      `channel.basic_qos(prefetch_count=${prefetchOf(place, STREAM_PREFETCH)})`,
      '',
      '',
      'def read(channel, method, properties, body):',
      '    print(body.decode())',
      '    channel.basic_ack(method.delivery_tag)',
      '',
      '',
      'channel.basic_consume(',
      `    ${stream},`,
      '    read,',
    ],
    `    arguments={"x-stream-offset": ${python}},`,
    [')', 'channel.start_consuming()'],
  )
  return { label: 'pika', language: 'python', ...program, without: WITHOUT }
}

function amqplib(place: SnippetContext): Snippet {
  const { script } = startOf(place)
  const stream = literal(place.address)
  const program = highlightedProgram(
    [
      ...amqplibOpening(place, 'Channel'),
      `await channel.checkQueue(${stream})`,
      `await channel.prefetch(${prefetchOf(place, STREAM_PREFETCH)})`,
      'const read = (message) => {',
      '  if (message === null) return',
      '  console.log(message.content.toString())',
      '  channel.ack(message)',
      '}',
    ],
    `await channel.consume(${stream}, read, { arguments: { 'x-stream-offset': ${script} } })`,
  )
  return { label: 'amqplib', language: 'javascript', ...program, without: WITHOUT }
}

/** Readers of a stream, from any position; and the producers for it. */
export const logSnippets = (place: SnippetContext): readonly Snippet[] =>
  place.consumer
    ? [pika(place), amqplib(place)]
    : producers(place, { exchange: '', routingKey: place.address })
