import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { literal, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { parseHeaders } from '../routing.ts'
import {
  amqplibOpening,
  consumerSettingsOf,
  pikaOpening,
  producers,
  pythonTable,
  scriptTable,
  urlOf,
} from './programs.ts'

/** The tool makes no binding without a key; a fanout exchange ignores it. */
const ANY = '#'
const WITHOUT = 'Without the marked line its own queue is bound to nothing, and it hears nothing.'

interface Binding {
  key: string
  /** The arguments of a binding to a headers exchange; null elsewhere. */
  table: Record<string, string> | null
}

function bindingOf(place: SnippetContext): Binding {
  const settings = consumerSettingsOf(place)
  const kind = settingValue(place.settings, 'exchange', 'fanout')
  if (kind === 'fanout') return { key: '', table: null }
  if (kind !== 'headers') return { key: settingValue(settings, 'bindingKey', '#'), table: null }
  const asked = parseHeaders(settingValue(settings, 'bindingHeaders', ''))
  return { key: '', table: { ...asked, 'x-match': settingValue(settings, 'headersMatch', 'all') } }
}

function pika(place: SnippetContext, { key, table }: Binding): Snippet {
  const exchange = literal(place.address)
  const with_ = table ? `, arguments=${pythonTable(table)}` : ''
  const program = highlightedProgram(
    [
      ...pikaOpening(place),
      `channel.exchange_declare(${exchange}, passive=True)`,
      'queue = channel.queue_declare("", exclusive=True).method.queue',
    ],
    `channel.queue_bind(queue, ${exchange}, routing_key=${literal(key)}${with_})`,
    [
      '',
      '',
      'def work(channel, method, properties, body):',
      '    print(body.decode())',
      '    channel.basic_ack(method.delivery_tag)',
      '',
      '',
      'channel.basic_consume(queue, work)',
      'channel.start_consuming()',
    ],
  )
  return { label: 'pika', language: 'python', ...program, without: WITHOUT }
}

function amqplib(place: SnippetContext, { key, table }: Binding): Snippet {
  const exchange = literal(place.address)
  const with_ = table ? `, ${scriptTable(table)}` : ''
  const program = highlightedProgram(
    [
      ...amqplibOpening(place, 'Channel'),
      `await channel.checkExchange(${exchange})`,
      "const { queue } = await channel.assertQueue('', { exclusive: true })",
    ],
    `await channel.bindQueue(queue, ${exchange}, ${literal(key)}${with_})`,
    [
      'await channel.consume(queue, (message) => {',
      '  if (message === null) return',
      '  console.log(message.content.toString())',
      '  channel.ack(message)',
      '})',
    ],
  )
  return { label: 'amqplib', language: 'javascript', ...program, without: WITHOUT }
}

function amqpConsume(place: SnippetContext, { key }: Binding): Snippet {
  const line = `amqp-consume --url=${shellWord(urlOf(place))} -e ${shellWord(place.address)} -r ${shellWord(key || ANY)} -- sh -c 'cat; echo'`
  const without = 'Without -e there is no binding to the exchange, and it hears nothing.'
  return { label: 'amqp-consume', language: 'shell', ...highlightedProgram([], line), without }
}

/** Subscribers, each with an exclusive queue bound to the exchange; and the producers for it. */
export function fanoutSnippets(place: SnippetContext): readonly Snippet[] {
  if (!place.consumer) return producers(place, { exchange: place.address, routingKey: place.key ?? '' })
  const binding = bindingOf(place)
  const both = [pika(place, binding), amqplib(place, binding)]
  // amqp-consume cannot bind by headers.
  return binding.table ? both : [...both, amqpConsume(place, binding)]
}
