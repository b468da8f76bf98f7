import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { literal, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { cli, cliWithText, ioredisOpening, redisPyOpening, senders } from './programs.ts'

const ONLY_NOW =
  'It hears only what is sent after the marked line. What is sent while it is away is lost to it.'
const COUNTS = 'The answer counts who heard it. 0 means that the text is gone, and nothing raises an error.'

/** A channel, or a pattern of channels. */
interface Target {
  name: string
  isPattern: boolean
}

function targetOf({ address, consumer }: SnippetContext): Target {
  const settings = consumer?.settings ?? {}
  if (settingValue(settings, 'listensTo', 'exact') !== 'pattern') return { name: address, isPattern: false }
  // The address is meant literally, whatever characters it has.
  const exact = address.replace(/[*?[\]\\^]/g, '\\$&')
  return { name: `${exact}${settingValue(settings, 'pattern', '*')}`, isPattern: true }
}

function redisPy(place: SnippetContext, { name, isPattern }: Target): Snippet {
  const program = highlightedProgram(
    [...redisPyOpening(place), 'subscription = client.pubsub(ignore_subscribe_messages=True)'],
    `subscription.${isPattern ? 'psubscribe' : 'subscribe'}(${literal(name)})`,
    ['for message in subscription.listen():', '    print(message["data"].decode())'],
  )
  return { label: 'redis-py', language: 'python', ...program, without: ONLY_NOW }
}

function ioredis(place: SnippetContext, { name, isPattern }: Target): Snippet {
  const listener = isPattern
    ? "client.on('pmessage', (pattern, channel, text) => console.log(text))"
    : "client.on('message', (channel, text) => console.log(text))"
  const program = highlightedProgram(
    [...ioredisOpening(place), listener],
    `await client.${isPattern ? 'psubscribe' : 'subscribe'}(${literal(name)})`,
  )
  return { label: 'ioredis', language: 'javascript', ...program, without: ONLY_NOW }
}

function redisCli(place: SnippetContext, { name, isPattern }: Target): Snippet {
  const line = `${cli(place)} ${isPattern ? 'PSUBSCRIBE' : 'SUBSCRIBE'} ${shellWord(name)}`
  return { label: 'redis-cli', language: 'shell', ...highlightedProgram([], line), without: ONLY_NOW }
}

/** A channel: all who listen now get it, and nothing is kept. */
export function fanoutSnippets(place: SnippetContext): readonly Snippet[] {
  const { address, key, text, consumer } = place
  if (consumer) {
    const target = targetOf(place)
    return [redisPy(place, target), ioredis(place, target), redisCli(place, target)]
  }
  const channel = key === undefined || key === '' ? address : `${address}.${key}`
  const publish = `client.publish(${literal(channel)}, ${literal(text)})`
  return senders(place, {
    python: publish,
    script: publish,
    cli: cliWithText(place, `PUBLISH ${shellWord(channel)}`),
    without: COUNTS,
  })
}
