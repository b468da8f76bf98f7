import { marked } from '#lib/util/marked.ts'
import { pick } from '#lib/util/pick.ts'
import type { Snippet, SnippetPlace } from '../../contract.ts'
import { amqplibOpening, pikaOpening } from './programs.ts'

const DEFAULT_PREFETCH = 10
const COMES_AGAIN =
  'Crash before the marked line and another worker gets the message. Without it, the message is never done with.'
const COUNTS_AS_DONE =
  'By the marked line a message counts as done as soon as it is handed over: crash while working on it, and it is lost.'

export const settingsOf = ({ consumer }: SnippetPlace): Readonly<Record<string, unknown>> =>
  consumer?.settings ?? {}
export const prefetchOf = (place: SnippetPlace, fallback = DEFAULT_PREFETCH): number =>
  pick(settingsOf(place), 'prefetch', fallback)
const acksNothing = (place: SnippetPlace): boolean =>
  pick(settingsOf(place), 'ackMode', 'automatic') === 'none'

/** How a worker finds its queue: lines that declare or bind it, and what names it from then on. */
export interface Source {
  python: { lines: readonly string[]; queue: string }
  script: { lines: readonly string[]; queue: string }
}

function pikaWorker(place: SnippetPlace, { python }: Source): Snippet {
  const before = [
    ...pikaOpening(place),
    ...python.lines,
    `channel.basic_qos(prefetch_count=${prefetchOf(place)})`,
    '',
    '',
    'def work(channel, method, properties, body):',
    '    print(body.decode())',
  ]
  const start = ['channel.start_consuming()']
  const program = acksNothing(place)
    ? marked([...before, '', ''], `channel.basic_consume(${python.queue}, work, auto_ack=True)`, start)
    : marked(before, '    channel.basic_ack(method.delivery_tag)', [
        '',
        '',
        `channel.basic_consume(${python.queue}, work)`,
        ...start,
      ])
  const without = acksNothing(place) ? COUNTS_AS_DONE : COMES_AGAIN
  return { label: 'pika', language: 'python', ...program, without }
}

function amqplibWorker(place: SnippetPlace, { script }: Source): Snippet {
  const before = [
    ...amqplibOpening(place, 'Channel'),
    ...script.lines,
    `await channel.prefetch(${prefetchOf(place)})`,
    `await channel.consume(${script.queue}, (message) => {`,
    '  if (message === null) return',
    '  console.log(message.content.toString())',
  ]
  const program = acksNothing(place)
    ? marked(before, '}, { noAck: true })')
    : marked(before, '  channel.ack(message)', ['})'])
  const without = acksNothing(place) ? COUNTS_AS_DONE : COMES_AGAIN
  return { label: 'amqplib', language: 'javascript', ...program, without }
}

/** Workers that take messages out of a queue. */
export const workers = (place: SnippetPlace, source: Source): Snippet[] => [
  pikaWorker(place, source),
  amqplibWorker(place, source),
]
