import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { literal, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { append } from './log.ts'
import { cli, cliWithText, ioredisOpening, redisPyOpening, senders } from './programs.ts'

/** Every worker of a stream is a member of this one group. */
const GROUP = 'workers'
/** A program has a name of its own in the group: what is pending under a name is that worker's. */
const PROGRAM = 'my-program'
const DEFAULT_PREFETCH = 10
const PENDING =
  'Crash before the marked line and the entry stays pending, until another worker claims it. Without it, nothing is ever done with.'

interface Reading {
  stream: string
  count: number
  noAck: boolean
}

function readingOf({ address, consumer }: SnippetContext): Reading {
  const settings = consumer?.settings ?? {}
  return {
    stream: settingValue(settings, 'reads', 'queue') === 'dead-letters' ? `${address}.dead` : address,
    count: settingValue(settings, 'prefetch', DEFAULT_PREFETCH),
    noAck: settingValue(settings, 'ackMode', 'automatic') === 'none',
  }
}

const HANDED_OVER =
  'With NOACK an entry counts as done once it is handed over: crash while working on it, and it is lost.'

function redisPy(place: SnippetContext, { stream, count, noAck }: Reading): Snippet {
  const name = literal(stream)
  const read = `client.xreadgroup("${GROUP}", "${PROGRAM}", {${name}: ">"}, count=${count}, block=0${noAck ? ', noack=True' : ''})`
  const opening = [
    ...redisPyOpening(place),
    'try:',
    `    client.xgroup_create(${name}, "${GROUP}", id="0", mkstream=True)`,
    'except redis.ResponseError:',
    '    pass  # the group is there',
    'while True:',
  ]
  const line = `    for _, entries in ${read}:`
  const work = ['        for entry, fields in entries:', '            print(fields[b"body"].decode())']
  const program = noAck
    ? highlightedProgram(opening, line, work)
    : highlightedProgram([...opening, line, ...work], `            client.xack(${name}, "${GROUP}", entry)`)
  return { label: 'redis-py', language: 'python', ...program, without: noAck ? HANDED_OVER : PENDING }
}

function ioredis(place: SnippetContext, { stream, count, noAck }: Reading): Snippet {
  const name = literal(stream)
  const opening = [
    ...ioredisOpening(place),
    `await client.xgroup('CREATE', ${name}, '${GROUP}', '0', 'MKSTREAM').catch(() => 'the group is there')`,
    'for (;;) {',
    '  const [[, entries]] = await client.xreadgroup(',
    `    'GROUP', '${GROUP}', '${PROGRAM}', 'COUNT', ${count}, 'BLOCK', 0,`,
  ]
  const streams = `    'STREAMS', ${name}, '>',`
  const work = [
    '  )',
    '  for (const [id, fields] of entries) {',
    "    console.log(fields[fields.indexOf('body') + 1])",
  ]
  const end = ['  }', '}']
  const program = noAck
    ? highlightedProgram(opening, "    'NOACK',", [streams, ...work, ...end])
    : highlightedProgram(
        [...opening, streams, ...work],
        `    await client.xack(${name}, '${GROUP}', id)`,
        end,
      )
  return { label: 'ioredis', language: 'javascript', ...program, without: noAck ? HANDED_OVER : PENDING }
}

function redisCli(place: SnippetContext, { stream, noAck }: Reading): Snippet {
  const how = `GROUP ${GROUP} ${PROGRAM} COUNT 1 BLOCK 0${noAck ? ' NOACK' : ''}`
  const line = `${cli(place)} XREADGROUP ${how} STREAMS ${shellWord(stream)} '>'`
  const without = noAck
    ? HANDED_OVER
    : `It stays pending until XACK ${stream} ${GROUP} and the entry’s id: without that, another worker claims it.`
  return { label: 'redis-cli', language: 'shell', ...highlightedProgram([], line), without }
}

const LENGTH = 'The answer is the list’s length. The text waits there until somebody takes it.'
const TAKEN =
  'Crash before the marked line and the text still lies in the second list. Taken with BRPOP instead, it would be lost.'

function listRedisPy(place: SnippetContext, taken: string): Snippet {
  const program = highlightedProgram(
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

function listIoredis(place: SnippetContext, taken: string): Snippet {
  const program = highlightedProgram(
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

function listRedisCli(place: SnippetContext, taken: string): Snippet {
  const line = `${cli(place)} BLMOVE ${shellWord(place.address)} ${shellWord(taken)} RIGHT LEFT 0`
  return { label: 'redis-cli', language: 'shell', ...highlightedProgram([], line), without: TAKEN }
}

/** A bare list: pushed at one end, moved from the other to a list that shows who holds it. */
function listSnippets(place: SnippetContext): readonly Snippet[] {
  const { address, text, consumer } = place
  const taken = `${address}.my-program`
  if (consumer) return [listRedisPy(place, taken), listIoredis(place, taken), listRedisCli(place, taken)]
  const push = `client.lpush(${literal(address)}, ${literal(text)})`
  return senders(place, {
    python: push,
    script: push,
    cli: cliWithText(place, `LPUSH ${shellWord(address)}`),
    without: LENGTH,
  })
}

/** A stream with one consumer group, or a bare list. */
export function queueSnippets(place: SnippetContext): readonly Snippet[] {
  if (settingValue(place.settings, 'kind', 'stream') === 'list') return listSnippets(place)
  if (!place.consumer) return append(place)
  const reading = readingOf(place)
  return [redisPy(place, reading), ioredis(place, reading), redisCli(place, reading)]
}
