import { highlightedProgram } from '#lib/util/highlighted-program.ts'
import { isPlain, literal, printfFormat, shellWord } from '#lib/util/program-literals.ts'
import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../contract.ts'
import { deadLettersOf, GROUP, globOf, subChannel } from './names.ts'
import { DEFAULT_PREFETCH } from './settings.ts'

/** A consumer's program has a name of its own: what is pending under a name is that worker's. */
const PROGRAM = 'my-program'

/** What follows a client's opening: what stands before the line that decides the outcome, that line, and the rest. */
type Body = readonly [before: readonly string[], line: string, after?: readonly string[]]

/** One thing done in each client. */
interface Programs {
  redisPy: Body
  ioredis: Body
  /** What follows redis-cli's name and URL. */
  redisCli: string
  /** The last word of the redis-cli command, whatever is in it. */
  text?: string
  without: string
  /** What happens without it in redis-cli, if something else. */
  withoutCli?: string
}

function programs({ broker }: SnippetContext, parts: Programs): Snippet[] {
  const { redisPy, ioredis, redisCli, text, without, withoutCli = without } = parts
  const url = `redis://${broker}`
  const python = ['import redis', '', `client = redis.Redis.from_url(${literal(url)}, protocol=2)`]
  const script = ["import { Redis } from 'ioredis'", '', `const client = new Redis(${literal(url)})`]
  const cli = `redis-cli -u ${shellWord(url)}`
  const command = (): string => {
    if (text === undefined) return `${cli} ${redisCli}`
    return isPlain(text)
      ? `${cli} ${redisCli} ${shellWord(text)}`
      : `${printfFormat(text)} | ${cli} -x ${redisCli}`
  }
  const whole = (opening: string[], [before, line, after]: Body) =>
    highlightedProgram([...opening, ...before], line, after)
  return [
    { label: 'redis-py', language: 'python', ...whole(python, redisPy), without },
    { label: 'ioredis', language: 'javascript', ...whole(script, ioredis), without },
    { label: 'redis-cli', language: 'shell', ...highlightedProgram([], command()), without: withoutCli },
  ]
}

/** One command, whose answer is the receipt. `script` is what ioredis is called with, where it differs from redis-py. */
const sends = (place: SnippetContext, python: string, redisCli: string, without: string, script = python) =>
  programs(place, {
    redisPy: [[], `answer = client.${python}`, ['print(answer)', 'client.close()']],
    ioredis: [[], `const answer = await client.${script}`, ['console.log(answer)', 'await client.quit()']],
    redisCli,
    text: place.text,
    without,
  })

const ONLY_NOW =
  'It hears only what is sent after the marked line. What is sent while it is away is lost to it.'
const COUNTS = 'The answer counts who heard it. 0 means that the text is gone, and nothing raises an error.'

/** A channel: all who listen now get it, and nothing is kept. */
export function fanoutSnippets(place: SnippetContext): readonly Snippet[] {
  const { address, key, text, consumer } = place
  if (!consumer) {
    const channel = subChannel(address, key)
    const publish = `publish(${literal(channel)}, ${literal(text)})`
    return sends(place, publish, `PUBLISH ${shellWord(channel)}`, COUNTS)
  }
  const isPattern = settingValue(consumer.settings, 'listensTo', 'exact') === 'pattern'
  const name = isPattern ? globOf(address, settingValue(consumer.settings, 'pattern', '*')) : address
  const subscribe = isPattern ? 'psubscribe' : 'subscribe'
  const listener = isPattern ? "'pmessage', (pattern, channel, text)" : "'message', (channel, text)"
  return programs(place, {
    redisPy: [
      ['subscription = client.pubsub(ignore_subscribe_messages=True)'],
      `subscription.${subscribe}(${literal(name)})`,
      ['for message in subscription.listen():', '    print(message["data"].decode())'],
    ],
    ioredis: [[`client.on(${listener} => console.log(text))`], `await client.${subscribe}(${literal(name)})`],
    redisCli: `${subscribe.toUpperCase()} ${shellWord(name)}`,
    without: ONLY_NOW,
  })
}

const KEPT = 'The answer is the entry’s id: Redis keeps the entry, and every reader can read it from there.'
const REMEMBERS =
  'A reader remembers its own place: without the marked line it reads the same entries again and again.'
const READS_ONCE = 'One call reads once: the next one has to name the id of the last entry read.'

/** XADD of a text, which is kept; `maxLength` newest entries where that is set. */
function append(place: SnippetContext): Snippet[] {
  const { address, text, settings } = place
  const max = settingValue(settings, 'maxLength', 0)
  const [stream, body] = [literal(address), literal(text)]
  const python = `xadd(${stream}, {"body": ${body}}${max > 0 ? `, maxlen=${max}, approximate=False` : ''})`
  const script = `xadd(${stream}, ${max > 0 ? `'MAXLEN', ${max}, ` : ''}'*', 'body', ${body})`
  const redisCli = `XADD ${shellWord(address)}${max > 0 ? ` MAXLEN ${max}` : ''} '*' body`
  return sends(place, python, redisCli, KEPT, script)
}

/** A stream that each reader reads for itself. */
export function logSnippets(place: SnippetContext): readonly Snippet[] {
  if (!place.consumer) return append(place)
  const { address, consumer } = place
  const stream = literal(address)
  const starts = { new: '$', beginning: '0', id: settingValue(consumer.settings, 'id', '0') || '0' }
  const from = settingValue(consumer.settings, 'from', 'new')
  const start = from === 'beginning' || from === 'id' ? starts[from] : starts.new
  return programs(place, {
    redisPy: [
      [
        `last = ${literal(start)}`,
        'while True:',
        `    for _, entries in client.xread({${stream}: last}, block=0):`,
        '        for entry, fields in entries:',
        '            print(fields[b"body"].decode())',
      ],
      '            last = entry',
    ],
    ioredis: [
      [
        `let last = ${literal(start)}`,
        'for (;;) {',
        `  const [[, entries]] = await client.xread('BLOCK', 0, 'STREAMS', ${stream}, last)`,
        '  for (const [id, fields] of entries) {',
        "    console.log(fields[fields.indexOf('body') + 1])",
      ],
      '    last = id',
      ['  }', '}'],
    ],
    redisCli: `XREAD BLOCK 0 STREAMS ${shellWord(address)} ${shellWord(start)}`,
    without: REMEMBERS,
    withoutCli: READS_ONCE,
  })
}

const PENDING =
  'Crash before the marked line and the entry stays pending, until another worker claims it. Without it, nothing is ever done with.'
const HANDED_OVER =
  'With NOACK an entry counts as done once it is handed over: crash while working on it, and it is lost.'
const stays = (stream: string) =>
  `It stays pending until XACK ${stream} ${GROUP} and the entry’s id: without that, another worker claims it.`

/** A stream with one consumer group, or a bare list. */
export function queueSnippets(place: SnippetContext): readonly Snippet[] {
  if (settingValue(place.settings, 'kind', 'stream') === 'list') return listSnippets(place)
  if (!place.consumer) return append(place)
  const { address, consumer } = place
  const stream =
    settingValue(consumer.settings, 'reads', 'queue') === 'queue' ? address : deadLettersOf(address)
  const name = literal(stream)
  const count = settingValue(consumer.settings, 'prefetch', DEFAULT_PREFETCH)
  const noAck = settingValue(consumer.settings, 'ackMode', 'automatic') === 'none'
  const create = [
    'try:',
    `    client.xgroup_create(${name}, "${GROUP}", id="0", mkstream=True)`,
    'except redis.ResponseError:',
    '    pass  # the group is there',
    'while True:',
  ]
  const read = `"${GROUP}", "${PROGRAM}", {${name}: ">"}, count=${count}, block=0${noAck ? ', noack=True' : ''}`
  const loop = `    for _, entries in client.xreadgroup(${read}):`
  const work = ['        for entry, fields in entries:', '            print(fields[b"body"].decode())']
  const createThen = [
    `await client.xgroup('CREATE', ${name}, '${GROUP}', '0', 'MKSTREAM').catch(() => 'the group is there')`,
    'for (;;) {',
    '  const [[, entries]] = await client.xreadgroup(',
    `    'GROUP', '${GROUP}', '${PROGRAM}', 'COUNT', ${count}, 'BLOCK', 0,`,
  ]
  const streamsThen = [
    `    'STREAMS', ${name}, '>',`,
    '  )',
    '  for (const [id, fields] of entries) {',
    "    console.log(fields[fields.indexOf('body') + 1])",
  ]
  return programs(place, {
    redisPy: noAck
      ? [create, loop, work]
      : [[...create, loop, ...work], `            client.xack(${name}, "${GROUP}", entry)`],
    ioredis: noAck
      ? [createThen, "    'NOACK',", [...streamsThen, '  }', '}']]
      : [[...createThen, ...streamsThen], `    await client.xack(${name}, '${GROUP}', id)`, ['  }', '}']],
    redisCli: `XREADGROUP GROUP ${GROUP} ${PROGRAM} COUNT 1 BLOCK 0${noAck ? ' NOACK' : ''} STREAMS ${shellWord(stream)} '>'`,
    without: noAck ? HANDED_OVER : PENDING,
    withoutCli: noAck ? HANDED_OVER : stays(stream),
  })
}

const LENGTH = 'The answer is the list’s length. The text waits there until somebody takes it.'
const TAKEN =
  'Crash before the marked line and the text still lies in the second list. Taken with BRPOP instead, it would be lost.'

/** A bare list: pushed at one end, moved from the other to a list that shows who holds it. */
function listSnippets(place: SnippetContext): readonly Snippet[] {
  const { address, text, consumer } = place
  if (!consumer) {
    return sends(place, `lpush(${literal(address)}, ${literal(text)})`, `LPUSH ${shellWord(address)}`, LENGTH)
  }
  const ownList = `${address}.${PROGRAM}`
  const [list, own] = [literal(address), literal(ownList)]
  return programs(place, {
    redisPy: [
      [
        'while True:',
        `    body = client.blmove(${list}, ${own}, 0, "RIGHT", "LEFT")`,
        '    print(body.decode())',
      ],
      `    client.lrem(${own}, 1, body)`,
    ],
    ioredis: [
      [
        'for (;;) {',
        `  const body = await client.blmove(${list}, ${own}, 'RIGHT', 'LEFT', 0)`,
        '  console.log(body)',
      ],
      `  await client.lrem(${own}, 1, body)`,
      ['}'],
    ],
    redisCli: `BLMOVE ${shellWord(address)} ${shellWord(ownList)} RIGHT LEFT 0`,
    without: TAKEN,
  })
}
