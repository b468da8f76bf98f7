import { unreachable } from '#lib/util/unreachable.ts'
import type { Draft, Preview, PreviewContext } from '../contract.ts'
import {
  type ExchangeSettings,
  exchangeSettings,
  type SubscriberSettings,
  subscriberSettings,
} from './settings.ts'

/** How an exchange routes. Pure, so that a browser can preview what the broker will do. */

export type ExchangeType = ExchangeSettings['exchange']
export type Binding = Pick<SubscriberSettings, 'bindingKey' | 'headersMatch' | 'bindingHeaders'>

/** "a=1, b=2" as pairs. A part without `=` asks for that header with an empty value; parts without a name are left out. */
export function parseHeaders(text: string): Record<string, string> {
  const pairs: Array<[string, string]> = []
  for (const part of text.split(',')) {
    const at = part.indexOf('=')
    const name = (at < 0 ? part : part.slice(0, at)).trim()
    if (name !== '') pairs.push([name, at < 0 ? '' : part.slice(at + 1).trim()])
  }
  return Object.fromEntries(pairs)
}

/**
 * Whether a routing key matches a topic exchange's pattern: words are separated by dots, `*` stands for exactly one
 * and `#` for any number of them, none included.
 */
export function topicMatches(pattern: string, key: string): boolean {
  const words = key === '' ? [] : key.split('.')
  const parts = pattern === '' ? [] : pattern.split('.')
  // The words that may come next, after each part of the pattern.
  let at = new Set([0])
  for (const part of parts) {
    const next = new Set<number>()
    for (const index of at) {
      if (part === '#') for (let n = index; n <= words.length; n++) next.add(n)
      else if (index < words.length && (part === '*' || part === words[index])) next.add(index + 1)
    }
    at = next
  }
  return at.has(words.length)
}

/** `x-match` of a headers exchange; headers that begin with `x-` take no part in it. */
export function headersMatch(
  asked: Readonly<Record<string, string>>,
  how: 'all' | 'any',
  given: Readonly<Record<string, string>>,
): boolean {
  const pairs = Object.entries(asked).filter(([name]) => !name.startsWith('x-'))
  const holds = ([name, value]: [string, string]) => Object.hasOwn(given, name) && given[name] === value
  return how === 'all' ? pairs.every(holds) : pairs.some(holds)
}

/** Whether the exchange routes a message to a queue with this binding. */
export function isRouted(
  type: ExchangeType,
  binding: Binding,
  message: { key: string; headers: Readonly<Record<string, string>> },
): boolean {
  switch (type) {
    case 'fanout':
      return true
    case 'direct':
      return binding.bindingKey === message.key
    case 'topic':
      return topicMatches(binding.bindingKey, message.key)
    case 'headers':
      return headersMatch(parseHeaders(binding.bindingHeaders), binding.headersMatch, message.headers)
    default:
      return unreachable(type)
  }
}

/** The subscribers that a draft will reach: those that are attached and whose binding matches. */
export function previewRouting(draft: Draft, place: PreviewContext): Preview {
  const exchange = exchangeSettings.safeParse(place.settings)
  if (!exchange.success) return { kind: 'open' }
  const names: string[] = []
  for (const { name, state, settings } of place.consumers) {
    if (state !== 'attached' && state !== 'paused') continue
    const binding = subscriberSettings.safeParse(settings)
    if (binding.success && isRouted(exchange.data.exchange, binding.data, draft)) names.push(name)
  }
  return { kind: 'consumers', names }
}
