import { pick } from '#lib/util/pick.ts'
import { literal } from '#lib/util/quoting.ts'
import type { SnippetPlace } from '../../contract.ts'

type Arguments = Readonly<Record<string, string | number | boolean>>

/** The queue's arguments, by its settings. */
export function queueArguments({ settings, address }: SnippetPlace): Arguments {
  const given: Record<string, string | number | boolean> = {}
  const add = (name: string, key: string): void => {
    const value = pick(settings, key, 0)
    if (value > 0) given[name] = value
  }
  if (pick(settings, 'type', 'classic') === 'quorum') given['x-queue-type'] = 'quorum'
  add('x-message-ttl', 'messageTtlMs')
  add('x-max-length', 'maxLength')
  const overflow = pick(settings, 'overflow', 'drop-head')
  if ('x-max-length' in given && overflow !== 'drop-head') given['x-overflow'] = overflow
  add('x-max-priority', 'maxPriority')
  if (pick(settings, 'singleActiveConsumer', false)) given['x-single-active-consumer'] = true
  add('x-delivery-limit', 'deliveryLimit')
  if (pick(settings, 'deadLetters', false)) given['x-dead-letter-exchange'] = `${address}.dead`
  return given
}

const isDurable = ({ settings }: SnippetPlace): boolean =>
  pick(settings, 'durable', false) || pick(settings, 'type', 'classic') === 'quorum'

const asPython = (value: string | number | boolean): string =>
  typeof value === 'string' ? literal(value) : value === true ? 'True' : String(value)

export const pythonTable = (given: Arguments): string =>
  `{${Object.entries(given)
    .map(([name, value]) => `${literal(name)}: ${asPython(value)}`)
    .join(', ')}}`

export const scriptTable = (given: Arguments): string =>
  `{ ${Object.entries(given)
    .map(([name, value]) => `${literal(name)}: ${typeof value === 'string' ? literal(value) : value}`)
    .join(', ')} }`

/** A plain queue is used as it stands, however it was made; one with settings is declared with the same. */
export function declareInPython(place: SnippetPlace): string {
  const given = queueArguments(place)
  const name = literal(place.address)
  if (!isDurable(place) && Object.keys(given).length === 0)
    return `channel.queue_declare(${name}, passive=True)`
  const table = Object.keys(given).length === 0 ? '' : `, arguments=${pythonTable(given)}`
  return `channel.queue_declare(${name}, durable=${isDurable(place) ? 'True' : 'False'}${table})`
}

export function declareInScript(place: SnippetPlace): string {
  const given = queueArguments(place)
  const name = literal(place.address)
  if (!isDurable(place) && Object.keys(given).length === 0) return `await channel.checkQueue(${name})`
  const table = Object.keys(given).length === 0 ? '' : `, arguments: ${scriptTable(given)}`
  return `await channel.assertQueue(${name}, { durable: ${isDurable(place)}${table} })`
}
