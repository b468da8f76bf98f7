import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { isPlain, literal, printfFormat, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'

/** What programs for all three modes share: how they open, their argument tables, and the producers. */

const DEFAULT_PREFETCH = 10

/** Where a producer publishes to. */
interface Route {
  exchange: string
  routingKey: string
}

export const urlOf = ({ broker }: SnippetContext): string => `amqp://${broker}`

export const consumerSettingsOf = ({ consumer }: SnippetContext): Readonly<Record<string, unknown>> =>
  consumer?.settings ?? {}

export const prefetchOf = (place: SnippetContext, fallback = DEFAULT_PREFETCH): number =>
  settingValue(consumerSettingsOf(place), 'prefetch', fallback)

export const pikaOpening = (place: SnippetContext): string[] => [
  'import pika',
  '',
  `connection = pika.BlockingConnection(pika.URLParameters(${literal(urlOf(place))}))`,
  'channel = connection.channel()',
]

export const amqplibOpening = (place: SnippetContext, channel: 'Channel' | 'ConfirmChannel'): string[] => [
  "import { connect } from 'amqplib'",
  '',
  `const connection = await connect(${literal(urlOf(place))})`,
  `const channel = await connection.create${channel}()`,
]

type Arguments = Readonly<Record<string, unknown>>

const pythonValue = (value: unknown): string =>
  typeof value === 'string' ? literal(value) : value === true ? 'True' : String(value)

export const pythonTable = (given: Arguments): string =>
  `{${Object.entries(given)
    .map(([name, value]) => `${literal(name)}: ${pythonValue(value)}`)
    .join(', ')}}`

export const scriptTable = (given: Arguments): string =>
  `{ ${Object.entries(given)
    .map(([name, value]) => `${literal(name)}: ${typeof value === 'string' ? literal(value) : value}`)
    .join(', ')} }`

const SILENT = 'nobody tells you whether RabbitMQ took the message: one that gets lost is lost in silence.'

function pikaProducer(place: SnippetContext, to: Route): Snippet {
  const { exchange, routingKey } = to
  const program = highlightedProgram(pikaOpening(place), 'channel.confirm_delivery()', [
    'channel.basic_publish(',
    `    exchange=${literal(exchange)},`,
    `    routing_key=${literal(routingKey)},`,
    `    body=${literal(place.text)}.encode(),`,
    '    mandatory=True,',
    ')',
    'connection.close()',
  ])
  return {
    label: 'pika',
    language: 'python',
    ...program,
    without: `Without the marked line ${SILENT}`,
  }
}

function amqplibProducer(place: SnippetContext, { exchange, routingKey }: Route): Snippet {
  const body = `Buffer.from(${literal(place.text)})`
  const program = highlightedProgram(
    [
      ...amqplibOpening(place, 'ConfirmChannel'),
      `channel.publish(${literal(exchange)}, ${literal(routingKey)}, ${body}, { mandatory: true })`,
    ],
    'await channel.waitForConfirms()',
    ['await connection.close()'],
  )
  return {
    label: 'amqplib',
    language: 'javascript',
    ...program,
    without: `Without the marked line ${SILENT}`,
  }
}

function amqpPublish(place: SnippetContext, { exchange, routingKey }: Route): Snippet {
  const where = [
    `--url=${shellWord(urlOf(place))}`,
    ...(exchange === '' ? [] : ['-e', shellWord(exchange)]),
    ...(routingKey === '' ? [] : ['-r', shellWord(routingKey)]),
  ].join(' ')
  const line = isPlain(place.text)
    ? `amqp-publish ${where} -b ${shellWord(place.text)}`
    : `${printfFormat(place.text)} | amqp-publish ${where}`
  const without =
    exchange === ''
      ? 'The routing key after -r is the queue’s name. Where no queue has that name, the message is dropped without a word.'
      : 'The exchange after -e hands it on to every queue whose binding takes it. Where none does, it is dropped without a word.'
  return { label: 'amqp-publish', language: 'shell', ...highlightedProgram([], line), without }
}

/** The same message sent by the clients that people use. */
export const producers = (place: SnippetContext, to: Route): Snippet[] => [
  pikaProducer(place, to),
  amqplibProducer(place, to),
  amqpPublish(place, to),
]
