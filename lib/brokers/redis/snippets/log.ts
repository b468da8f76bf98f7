import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { literal, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { cli, cliWithText, ioredisOpening, redisPyOpening, senders } from './programs.ts'

const KEPT = 'The answer is the entry’s id: Redis keeps the entry, and every reader can read it from there.'
const REMEMBERS =
  'A reader remembers its own place: without the marked line it reads the same entries again and again.'

/** XADD of a text, which is kept; `maxLength` newest entries where that is set. */
export function append(place: SnippetContext): Snippet[] {
  const { address, text, settings } = place
  const max = settingValue(settings, 'maxLength', 0)
  const [stream, body] = [literal(address), literal(text)]
  return senders(place, {
    python: `client.xadd(${stream}, {"body": ${body}}${max > 0 ? `, maxlen=${max}, approximate=False` : ''})`,
    script: `client.xadd(${stream}, ${max > 0 ? `'MAXLEN', ${max}, ` : ''}'*', 'body', ${body})`,
    cli: cliWithText(place, `XADD ${shellWord(address)}${max > 0 ? ` MAXLEN ${max}` : ''} '*' body`),
    without: KEPT,
  })
}

/** The id it reads behind: `$` for what comes from now on, `0` for all. */
function startOf({ consumer }: SnippetContext): string {
  const settings = consumer?.settings ?? {}
  const from = settingValue(settings, 'from', 'new')
  if (from === 'beginning') return '0'
  return from === 'id' ? settingValue(settings, 'id', '0') || '0' : '$'
}

function redisPy(place: SnippetContext): Snippet {
  const stream = literal(place.address)
  const program = highlightedProgram(
    [
      ...redisPyOpening(place),
      `last = ${literal(startOf(place))}`,
      'while True:',
      `    for _, entries in client.xread({${stream}: last}, block=0):`,
      '        for entry, fields in entries:',
      '            print(fields[b"body"].decode())',
    ],
    '            last = entry',
  )
  return { label: 'redis-py', language: 'python', ...program, without: REMEMBERS }
}

function ioredis(place: SnippetContext): Snippet {
  const stream = literal(place.address)
  const program = highlightedProgram(
    [
      ...ioredisOpening(place),
      `let last = ${literal(startOf(place))}`,
      'for (;;) {',
      `  const [[, entries]] = await client.xread('BLOCK', 0, 'STREAMS', ${stream}, last)`,
      '  for (const [id, fields] of entries) {',
      "    console.log(fields[fields.indexOf('body') + 1])",
    ],
    '    last = id',
    ['  }', '}'],
  )
  return { label: 'ioredis', language: 'javascript', ...program, without: REMEMBERS }
}

function redisCli(place: SnippetContext): Snippet {
  const line = `${cli(place)} XREAD BLOCK 0 STREAMS ${shellWord(place.address)} ${shellWord(startOf(place))}`
  const without = 'One call reads once: the next one has to name the id of the last entry read.'
  return { label: 'redis-cli', language: 'shell', ...highlightedProgram([], line), without }
}

/** A stream that each reader reads for itself. */
export const logSnippets = (place: SnippetContext): readonly Snippet[] =>
  place.consumer ? [redisPy(place), ioredis(place), redisCli(place)] : append(place)
