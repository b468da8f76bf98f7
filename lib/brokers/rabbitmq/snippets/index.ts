import { literal, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { deadLettersOf, queueDeclaration } from '../queue-arguments.ts'
import { parseHeaders } from '../routing.ts'
import { queueSettings } from '../settings.ts'
import { AMQPLIB_ACK, amqpConsume, consumers, PIKA_ACK, pythonTable, scriptTable } from './consumers.ts'
import { producers } from './producers.ts'

const DEFAULT_PREFETCH = 10
/** A stream refuses readers without a prefetch limit. */
const STREAM_PREFETCH = 100
const MS_PER_SECOND = 1_000
/** The tool makes no binding without a key; a fanout exchange ignores it. */
const ANY_KEY = '#'

const COMES_AGAIN =
  'Crash before the marked line and another worker gets the message. Without it, the message is never done with.'
const COUNTS_AS_DONE =
  'By the marked line a message counts as done as soon as it is handed over: crash while working on it, and it is lost.'
const RUN_FOR_EACH =
  'The command after the queue is run once for each message, which is acknowledged when it ends with 0.'
const NOT_BOUND = 'Without the marked line its own queue is bound to nothing, and it hears nothing.'
const READS_NEW_ONES =
  'Without the marked line it reads only what comes from now on; "first" reads all that is kept.'

/** How both languages declare a queue. One with default settings is used as it is, however it was made. */
function declaring({ address, settings }: SnippetContext): { python: string; script: string } {
  // A recording may hold settings of another version: its snippets then show the defaults.
  const asked = queueSettings.safeParse(settings).data ?? queueSettings.parse({})
  const { durable, arguments: given } = queueDeclaration(address, asked)
  const name = literal(address)
  const hasArguments = Object.keys(given).length > 0
  if (!durable && !hasArguments) {
    return {
      python: `channel.queue_declare(${name}, passive=True)`,
      script: `await channel.checkQueue(${name})`,
    }
  }
  const python = hasArguments ? `, arguments=${pythonTable(given)}` : ''
  const script = hasArguments ? `, arguments: ${scriptTable(given)}` : ''
  return {
    python: `channel.queue_declare(${name}, durable=${durable ? 'True' : 'False'}${python})`,
    script: `await channel.assertQueue(${name}, { durable: ${durable}${script} })`,
  }
}

/** Workers that take messages out of a queue, or out of its dead letters; and the producers for it. */
export function queueSnippets(place: SnippetContext): readonly Snippet[] {
  if (!place.consumer) return producers(place, { exchange: '', routingKey: place.address })
  const { settings } = place.consumer
  const readsDeadLetters = settings.reads === 'dead-letters'
  const address = readsDeadLetters ? deadLettersOf(place.address) : place.address
  const queue = literal(address)
  const declared = readsDeadLetters ? null : declaring(place)
  const prefetch = settingValue(settings, 'prefetch', DEFAULT_PREFETCH)
  const acks = settingValue(settings, 'ackMode', 'automatic') !== 'none'
  const consume = `channel.basic_consume(${queue}, work${acks ? '' : ', auto_ack=True'})`
  const end = acks ? '})' : '}, { noAck: true })'
  const both = consumers(place, {
    acks,
    prefetch,
    without: acks ? COMES_AGAIN : COUNTS_AS_DONE,
    pika: {
      declare: declared ? [declared.python] : [],
      handler: 'work',
      consume: [consume],
      marked: acks ? PIKA_ACK : consume,
    },
    amqplib: {
      declare: declared ? [declared.script] : [],
      begin: `await channel.consume(${queue}, (message) => {`,
      end: [end],
      marked: acks ? AMQPLIB_ACK : end,
    },
  })
  return [...both, amqpConsume(place, `-q ${shellWord(address)} -p ${prefetch}`, RUN_FOR_EACH)]
}

interface Binding {
  key: string
  /** The arguments of a binding to a headers exchange; null elsewhere. */
  table: Record<string, string> | null
}

function bindingOf(place: SnippetContext, settings: SnippetContext['settings']): Binding {
  const kind = settingValue(place.settings, 'exchange', 'fanout')
  if (kind === 'fanout') return { key: '', table: null }
  if (kind !== 'headers') return { key: settingValue(settings, 'bindingKey', '#'), table: null }
  const asked = parseHeaders(settingValue(settings, 'bindingHeaders', ''))
  return { key: '', table: { ...asked, 'x-match': settingValue(settings, 'headersMatch', 'all') } }
}

/** Subscribers, each with an exclusive queue bound to the exchange; and the producers for it. */
export function fanoutSnippets(place: SnippetContext): readonly Snippet[] {
  if (!place.consumer) return producers(place, { exchange: place.address, routingKey: place.key ?? '' })
  const { key, table } = bindingOf(place, place.consumer.settings)
  const exchange = literal(place.address)
  const pikaBind = `channel.queue_bind(queue, ${exchange}, routing_key=${literal(key)}${table ? `, arguments=${pythonTable(table)}` : ''})`
  const amqplibBind = `await channel.bindQueue(queue, ${exchange}, ${literal(key)}${table ? `, ${scriptTable(table)}` : ''})`
  const both = consumers(place, {
    acks: true,
    without: NOT_BOUND,
    pika: {
      declare: [
        `channel.exchange_declare(${exchange}, passive=True)`,
        'queue = channel.queue_declare("", exclusive=True).method.queue',
        pikaBind,
      ],
      handler: 'work',
      consume: ['channel.basic_consume(queue, work)'],
      marked: pikaBind,
    },
    amqplib: {
      declare: [
        `await channel.checkExchange(${exchange})`,
        "const { queue } = await channel.assertQueue('', { exclusive: true })",
        amqplibBind,
      ],
      begin: 'await channel.consume(queue, (message) => {',
      end: ['})'],
      marked: amqplibBind,
    },
  })
  // amqp-consume cannot bind by headers.
  if (table) return both
  const source = `-e ${shellWord(place.address)} -r ${shellWord(key || ANY_KEY)}`
  const without = 'Without -e there is no binding to the exchange, and it hears nothing.'
  return [...both, amqpConsume(place, source, without)]
}

/** `x-stream-offset` in both languages, and what Python has to import for it. */
function offsetOf(settings: SnippetContext['settings']) {
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
  const word = literal(from === 'first' || from === 'last' ? from : 'next')
  return { python: word, script: word, imports: [] }
}

/** Readers of a stream, from any position; and the producers for it. */
export function logSnippets(place: SnippetContext): readonly Snippet[] {
  if (!place.consumer) return producers(place, { exchange: '', routingKey: place.address })
  const { settings } = place.consumer
  const { python, script, imports } = offsetOf(settings)
  const stream = literal(place.address)
  const prefetch = settingValue(settings, 'prefetch', STREAM_PREFETCH)
  const pikaStart = `    arguments={"x-stream-offset": ${python}},`
  const amqplibStart = `await channel.consume(${stream}, read, { arguments: { 'x-stream-offset': ${script} } })`
  return consumers(place, {
    acks: true,
    prefetch,
    without: READS_NEW_ONES,
    pika: {
      imports,
      declare: [`channel.queue_declare(${stream}, passive=True)`],
      handler: 'read',
      consume: ['channel.basic_consume(', `    ${stream},`, '    read,', pikaStart, ')'],
      marked: pikaStart,
    },
    amqplib: {
      declare: [`await channel.checkQueue(${stream})`],
      begin: 'const read = (message) => {',
      end: ['}', amqplibStart],
      marked: amqplibStart,
    },
  })
}
