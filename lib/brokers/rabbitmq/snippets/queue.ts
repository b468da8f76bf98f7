import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { literal, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { deadLettersOf, queueDeclaration } from '../queue-arguments.ts'
import { queueSettings } from '../settings.ts'
import {
  amqplibOpening,
  consumerSettingsOf,
  pikaOpening,
  prefetchOf,
  producers,
  pythonTable,
  scriptTable,
  urlOf,
} from './programs.ts'

const COMES_AGAIN =
  'Crash before the marked line and another worker gets the message. Without it, the message is never done with.'
const COUNTS_AS_DONE =
  'By the marked line a message counts as done as soon as it is handed over: crash while working on it, and it is lost.'
const RUN_FOR_EACH =
  'The command after the queue is run once for each message, which is acknowledged when it ends with 0.'

const DEFAULTS = queueSettings.parse({})

const acksNothing = (place: SnippetContext): boolean =>
  settingValue(consumerSettingsOf(place), 'ackMode', 'automatic') === 'none'

const readsDeadLetters = (place: SnippetContext): boolean =>
  consumerSettingsOf(place).reads === 'dead-letters'

/** The name of the queue that the worker reads. */
const queueOf = (place: SnippetContext): string =>
  readsDeadLetters(place) ? deadLettersOf(place.address) : place.address

interface Declaring {
  /** A queue with default settings is used as it is, however it was made. */
  isPassive: boolean
  durable: boolean
  arguments: Readonly<Record<string, unknown>>
  hasArguments: boolean
}

function declaringOf({ address, settings }: SnippetContext): Declaring {
  // A recording may hold settings of another version: its snippets then show the defaults.
  const asked = queueSettings.safeParse(settings)
  const { durable, arguments: given } = queueDeclaration(address, asked.data ?? DEFAULTS)
  const hasArguments = Object.keys(given).length > 0
  return { isPassive: !durable && !hasArguments, durable, arguments: given, hasArguments }
}

function declareInPython(place: SnippetContext): string[] {
  if (readsDeadLetters(place)) return []
  const { isPassive, durable, arguments: given, hasArguments } = declaringOf(place)
  const name = literal(place.address)
  if (isPassive) return [`channel.queue_declare(${name}, passive=True)`]
  const table = hasArguments ? `, arguments=${pythonTable(given)}` : ''
  return [`channel.queue_declare(${name}, durable=${durable ? 'True' : 'False'}${table})`]
}

function declareInScript(place: SnippetContext): string[] {
  if (readsDeadLetters(place)) return []
  const { isPassive, durable, arguments: given, hasArguments } = declaringOf(place)
  const name = literal(place.address)
  if (isPassive) return [`await channel.checkQueue(${name})`]
  const table = hasArguments ? `, arguments: ${scriptTable(given)}` : ''
  return [`await channel.assertQueue(${name}, { durable: ${durable}${table} })`]
}

function pikaWorker(place: SnippetContext): Snippet {
  const queue = literal(queueOf(place))
  const before = [
    ...pikaOpening(place),
    ...declareInPython(place),
    `channel.basic_qos(prefetch_count=${prefetchOf(place)})`,
    '',
    '',
    'def work(channel, method, properties, body):',
    '    print(body.decode())',
  ]
  const start = ['channel.start_consuming()']
  const program = acksNothing(place)
    ? highlightedProgram([...before, '', ''], `channel.basic_consume(${queue}, work, auto_ack=True)`, start)
    : highlightedProgram(before, '    channel.basic_ack(method.delivery_tag)', [
        '',
        '',
        `channel.basic_consume(${queue}, work)`,
        ...start,
      ])
  const without = acksNothing(place) ? COUNTS_AS_DONE : COMES_AGAIN
  return { label: 'pika', language: 'python', ...program, without }
}

function amqplibWorker(place: SnippetContext): Snippet {
  const before = [
    ...amqplibOpening(place, 'Channel'),
    ...declareInScript(place),
    `await channel.prefetch(${prefetchOf(place)})`,
    `await channel.consume(${literal(queueOf(place))}, (message) => {`,
    '  if (message === null) return',
    '  console.log(message.content.toString())',
  ]
  const program = acksNothing(place)
    ? highlightedProgram(before, '}, { noAck: true })')
    : highlightedProgram(before, '  channel.ack(message)', ['})'])
  const without = acksNothing(place) ? COUNTS_AS_DONE : COMES_AGAIN
  return { label: 'amqplib', language: 'javascript', ...program, without }
}

function amqpConsume(place: SnippetContext): Snippet {
  const line = `amqp-consume --url=${shellWord(urlOf(place))} -q ${shellWord(queueOf(place))} -p ${prefetchOf(place)} -- sh -c 'cat; echo'`
  return { label: 'amqp-consume', language: 'shell', ...highlightedProgram([], line), without: RUN_FOR_EACH }
}

/** Workers that take messages out of a queue, or out of its dead letters; and the producers for it. */
export const queueSnippets = (place: SnippetContext): readonly Snippet[] =>
  place.consumer
    ? [pikaWorker(place), amqplibWorker(place), amqpConsume(place)]
    : producers(place, { exchange: '', routingKey: place.address })
