import { marked } from '#lib/util/marked.ts'
import { literal, shellWord } from '#lib/util/quoting.ts'
import type { Snippet, SnippetPlace } from '../../contract.ts'
import { declareInPython, declareInScript } from './arguments.ts'
import { prefetchOf, settingsOf, workers } from './consumers.ts'
import { producers, urlOf } from './programs.ts'

function amqpConsume(place: SnippetPlace, address: string): Snippet {
  const line = `amqp-consume --url=${shellWord(urlOf(place))} -q ${shellWord(address)} -p ${prefetchOf(place)} -- sh -c 'cat; echo'`
  const without =
    'The command after the queue is run once for each message, which is acknowledged when it ends with 0.'
  return { label: 'amqp-consume', language: 'shell', ...marked([], line), without }
}

/** Dead letters lie in a queue of their own beside the one they came from. */
const readFrom = (place: SnippetPlace): string =>
  settingsOf(place).reads === 'dead-letters' ? `${place.address}.dead` : place.address

/** Work that one of several gets. */
export function queueSnippets(place: SnippetPlace): readonly Snippet[] {
  if (!place.consumer) return producers(place, { exchange: '', routingKey: place.address })
  const address = readFrom(place)
  const isDead = address !== place.address
  const queue = literal(address)
  const source = {
    python: { lines: isDead ? [] : [declareInPython(place)], queue },
    script: { lines: isDead ? [] : [declareInScript(place)], queue },
  }
  return [...workers(place, source), amqpConsume(place, address)]
}
