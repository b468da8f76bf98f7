import { marked } from '#lib/util/marked.ts'
import { literal, shellWord } from '#lib/util/quoting.ts'
import type { Snippet, SnippetPlace } from '../../contract.ts'
import { cli, cliWithText, ioredisOpening, redisPyOpening, senders } from './programs.ts'

const LENGTH = 'The answer is the list’s length. The text waits there until somebody takes it.'
const TAKEN =
  'Crash before the marked line and the text still lies in the second list. Taken with BRPOP instead, it would be lost.'

function redisPy(place: SnippetPlace, taken: string): Snippet {
  const program = marked(
    [
      ...redisPyOpening(place),
      'while True:',
      `    body = client.blmove(${literal(place.address)}, ${literal(taken)}, 0, "RIGHT", "LEFT")`,
      '    print(body.decode())',
    ],
    `    client.lrem(${literal(taken)}, 1, body)`,
  )
  return { label: 'redis-py', language: 'python', ...program, without: TAKEN }
}

function ioredis(place: SnippetPlace, taken: string): Snippet {
  const program = marked(
    [
      ...ioredisOpening(place),
      'for (;;) {',
      `  const body = await client.blmove(${literal(place.address)}, ${literal(taken)}, 'RIGHT', 'LEFT', 0)`,
      '  console.log(body)',
    ],
    `  await client.lrem(${literal(taken)}, 1, body)`,
    ['}'],
  )
  return { label: 'ioredis', language: 'javascript', ...program, without: TAKEN }
}

function redisCli(place: SnippetPlace, taken: string): Snippet {
  const line = `${cli(place)} BLMOVE ${shellWord(place.address)} ${shellWord(taken)} RIGHT LEFT 0`
  return { label: 'redis-cli', language: 'shell', ...marked([], line), without: TAKEN }
}

/** A bare list: pushed at one end, moved from the other to a list that shows who holds it. */
export function listSnippets(place: SnippetPlace): readonly Snippet[] {
  const { address, text, consumer } = place
  const taken = `${address}.my-program`
  if (consumer) return [redisPy(place, taken), ioredis(place, taken), redisCli(place, taken)]
  const push = `client.lpush(${literal(address)}, ${literal(text)})`
  return senders(place, {
    python: push,
    script: push,
    cli: cliWithText(place, `LPUSH ${shellWord(address)}`),
    without: LENGTH,
  })
}
