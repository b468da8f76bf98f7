import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { isPlain, literal, printfFormat, shellWord } from '#lib/util/program-literals.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { amqplibOpening, pikaOpening, urlOf } from './openings.ts'

/** Where a producer publishes to. */
interface Route {
  exchange: string
  routingKey: string
}

const SILENT =
  'Without the marked line nobody tells you whether RabbitMQ took the message: one that gets lost is lost in silence.'

function pikaProducer(place: SnippetContext, { exchange, routingKey }: Route): Snippet {
  const program = highlightedProgram(pikaOpening(place), 'channel.confirm_delivery()', [
    'channel.basic_publish(',
    `    exchange=${literal(exchange)},`,
    `    routing_key=${literal(routingKey)},`,
    `    body=${literal(place.text)}.encode(),`,
    '    mandatory=True,',
    ')',
    'connection.close()',
  ])
  return { label: 'pika', language: 'python', ...program, without: SILENT }
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
  return { label: 'amqplib', language: 'javascript', ...program, without: SILENT }
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
