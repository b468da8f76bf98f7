import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { isPlain, literal, printfFormat, shellWord } from '#lib/util/program-literals.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'

const urlOf = ({ broker }: SnippetContext): string => `redis://${broker}`

export const redisPyOpening = (place: SnippetContext): string[] => [
  'import redis',
  '',
  `client = redis.Redis.from_url(${literal(urlOf(place))}, protocol=2)`,
]

export const ioredisOpening = (place: SnippetContext): string[] => [
  "import { Redis } from 'ioredis'",
  '',
  `const client = new Redis(${literal(urlOf(place))})`,
]

export const cli = (place: SnippetContext): string => `redis-cli -u ${shellWord(urlOf(place))}`

/** A command whose last word is the text, whatever is in it. */
export function cliWithText(place: SnippetContext, command: string): string {
  return isPlain(place.text)
    ? `${cli(place)} ${command} ${shellWord(place.text)}`
    : `${printfFormat(place.text)} | ${cli(place)} -x ${command}`
}

interface Sending {
  python: string
  script: string
  cli: string
  without: string
}

/** One command, whose answer is the receipt. */
export const senders = (
  place: SnippetContext,
  { python, script, cli: line, without }: Sending,
): Snippet[] => [
  {
    label: 'redis-py',
    language: 'python',
    ...highlightedProgram(redisPyOpening(place), `answer = ${python}`, ['print(answer)', 'client.close()']),
    without,
  },
  {
    label: 'ioredis',
    language: 'javascript',
    ...highlightedProgram(ioredisOpening(place), `const answer = await ${script}`, [
      'console.log(answer)',
      'await client.quit()',
    ]),
    without,
  },
  { label: 'redis-cli', language: 'shell', ...highlightedProgram([], line), without },
]
