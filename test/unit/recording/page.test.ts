import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { rulesFor, type StyleRule } from '#components/recording/saved/app-style.ts'
import { savedRecording } from '#components/recording/saved/model.ts'
import { savedPage } from '#components/recording/saved/page.tsx'
import { PAGE_SCRIPT, PAGE_SCRIPT_HASH } from '#lib/recording/page-script.ts'
import {
  AT,
  CHANNEL,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  facts,
  LOG,
  numbered,
  published,
  QUEUE,
  read,
  settled,
} from '../ledger/event-maker.ts'
import { recordingOf } from './recordings.ts'

const LINE_ENDS = '\u2028\u2029'
const EVIL = `</script><script>alert(1)</script><img src=x onerror="alert(2)"><!--${LINE_ENDS}'"&`
const options = { note: '', zoneMinutes: 0, yieldWhenDue: () => undefined, styleFor: () => 'p { margin: 0 }' }
const drafts: Draft[] = [
  destination(QUEUE),
  destination(CHANNEL),
  consumer(QUEUE, 'worker-1', 'attached'),
  consumer(QUEUE, 'worker-2', 'attached'),
  published(QUEUE, 'message-1', content(1)),
  delivered(QUEUE, 'message-1', 'worker-1', 1),
  delivered(QUEUE, 'message-2', 'worker-2', 2, { ...content(2), text: EVIL, sender: EVIL }),
  settled('acknowledged', QUEUE, 'message-1', 'worker-1', 1),
  consumer(QUEUE, 'worker-2', 'crashed', {}, AT + 500),
  facts(0, 0, AT + 900),
]
const recording = recordingOf(numbered(drafts))

/** The page without what only its program reads. */
const shown = (page: string) => page.slice(0, page.indexOf('<script type="application/json"'))
const dataOf = (page: string) =>
  JSON.parse(page.match(/<script type="application\/json" id="data">(.*?)<\/script>/s)?.[1] ?? '')

describe('a recording as one page', () => {
  test('says of every lane who got each message, why the others did not, the verdict, and what is kept', async () => {
    const [lane, channel] = (await savedRecording(recording, options.yieldWhenDue)).lanes
    const said = (row: number) => lane?.rows[row]?.versions.map((versions) => versions.at(-1)?.text)
    expect(lane).toMatchObject({ label: 'RabbitMQ', destination: 'mailbox', mode: 'Queue', left: 0 })
    expect(lane?.columns).toEqual([
      { name: 'worker-1', under: '' },
      { name: 'worker-2', under: 'crashed' },
    ])
    expect(said(0)).toEqual([
      '1 of 2 got #1: a queue',
      'acked, 2 ms, 1st',
      'never: worker-1 has it. One worker per message.',
      'RabbitMQ keeps no copy of it.',
    ])
    expect(said(1)?.[2]).toContain('lost in a crash')
    expect(channel).toMatchObject({ label: 'Redis', destination: 'chatroom', rows: [] })
  })

  test('can be wound back: each version of a cell names the event that it came with', async () => {
    const [lane] = (await savedRecording(recording, options.yieldWhenDue)).lanes
    expect(lane?.rows[0]?.from).toBe(5)
    expect(lane?.rows[0]?.versions[1]?.map(({ event, look }) => [event, look])).toEqual([
      [5, 'coming'],
      [6, 'waiting'],
      [8, 'done'],
    ])
  })

  test('shows a consumer that went away, and a record that a later commit covers', async () => {
    const group = { group: 'audit' }
    const saved = await savedRecording(
      recordingOf(
        numbered([
          destination(LOG),
          consumer(LOG, 'reader-3', 'attached', group),
          read('message-1', 'reader-3', 'audit', 1, [0, 4], content(1)),
          {
            ...published(LOG, 'unused'),
            kind: 'committed',
            group: 'audit',
            partition: 0,
            upTo: '5',
          } as Draft,
          consumer(LOG, 'reader-3', 'detached', { ...group, removed: true }),
        ]),
      ),
      options.yieldWhenDue,
    )
    const [lane] = saved.lanes
    expect(lane?.columns).toEqual([{ name: 'reader-3', under: 'removed, audit' }])
    expect(lane?.rows[0]?.versions[1]?.map(({ look }) => look)).toEqual(['read', 'done'])
  })

  test('lists the events in order with how each is known, and counts what it does not list', async () => {
    const page = shown(await savedPage(recording, options))
    expect(page.match(/<li /g)).toHaveLength(drafts.length - 1)
    expect(page).toContain('1 reading by the clock')
    expect(page).toMatch(/<li data-event="8".*worker-1 acknowledged #1.*The broker said so/)
  })

  test('needs no network', async () => {
    expect(await savedPage(recording, options)).not.toMatch(/https?:|\ssrc="|href="[^#]|@import|url\(/)
  })

  test('runs its own program and style only', async () => {
    const sha = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
    expect(PAGE_SCRIPT_HASH).toBe(sha(PAGE_SCRIPT))
    const page = await savedPage(recording, options)
    expect(page).toContain(`script-src '${PAGE_SCRIPT_HASH}'`)
    expect(page).not.toContain('unsafe')
    const [, nonce = ''] = page.match(/<style nonce="(\w+)">p \{ margin: 0 \}/) ?? []
    expect(page).toContain(`style-src 'nonce-${nonce}'`)
    expect(await savedPage(recording, options)).not.toContain(nonce)
    expect(page).not.toContain(' style="')
  })

  test('asks for the style of the classes it uses', async () => {
    const asked: ReadonlySet<string>[] = []
    const styleFor = (classes: ReadonlySet<string>) => {
      asked.push(classes)
      return ''
    }
    await savedPage(recording, { ...options, styleFor })
    expect([...(asked[0] ?? [])]).toEqual(expect.arrayContaining(['saved', 'cell', 'text-hue']))
  })

  test('keeps hostile text text, in its markup and in its data', async () => {
    const page = await savedPage(recording, options)
    expect(page.match(/<\/?script/g)).toHaveLength(4)
    expect(page).not.toMatch(/<img|<!--|onerror="/)
    expect(shown(page)).toContain('&lt;/script&gt;&lt;script&gt;alert(1)')
    expect(page.slice(page.indexOf('id="data"'))).not.toMatch(/[\u2028\u2029]/)
  })

  test('says what it has no room for', async () => {
    const page = await savedPage(recording, { ...options, limits: { events: 7, laneCells: 3 } })
    expect(page).toContain('it holds the first 7 events, and 3 later ones are in the recording only')
    expect(page).toContain('1 earlier message of this lane')
    expect(dataOf(page)).toMatchObject({ events: 7, lanes: [[{ from: 7 }], []] })
  })

  test('rests at every message that one event is about: a commit may cover thousands', async () => {
    const MESSAGES = 300
    const reads = Array.from({ length: MESSAGES }, (_, index) =>
      read(`message-${index}`, 'reader-3', 'audit', index + 1, [0, index], content(index + 1)),
    )
    const before = [destination(LOG), consumer(LOG, 'reader-3', 'attached', { group: 'audit' }), ...reads]
    const covers = { kind: 'committed', group: 'audit', partition: 0, upTo: String(MESSAGES) }
    const commit = { ...published(LOG, 'unused'), ...covers } as Draft
    const restsFor = async (all: Draft[]) => {
      let rests = 0
      const yieldWhenDue = () => {
        rests += 1
        return undefined
      }
      await savedPage(recordingOf(numbered(all)), { ...options, yieldWhenDue })
      return rests
    }
    const [without, withIt] = [await restsFor(before), await restsFor([...before, commit])]
    expect(withIt - without).toBeGreaterThan(MESSAGES)
  })

  test('gives its times in the time zone it was saved in', async () => {
    const page = await savedPage(recording, { ...options, zoneMinutes: -90 })
    expect(page).toContain('Times are in UTC-01:30')
    expect(page).toContain('<time>20:43:20.000</time>')
  })
})

describe('the style of a saved page', () => {
  const rule = (selectorText: string, body = 'color: red'): StyleRule => ({
    selectorText,
    cssText: `${selectorText} { ${body} }`,
  })
  const within = (prelude: string, ...cssRules: StyleRule[]): StyleRule => ({
    cssText: `${prelude} { ${cssRules.map(({ cssText }) => cssText).join(' ')} }`,
    cssRules,
  })
  const styleOf = (...rules: StyleRule[]) => rulesFor(rules, new Set(['saved', 'max-700:p-3']))

  test('has the rules of its classes and of bare elements, and no others', () => {
    const kept = [rule('.saved td'), rule('li'), rule('.max-700\\:p-3'), rule('.saved:is(.a, .b)')]
    expect(styleOf(...kept, rule('.matrix td'), rule('.app > .saved'))).toBe(
      kept.map(({ cssText }) => cssText).join('\n'),
    )
  })

  test('keeps layers and media queries around what is left of them', () => {
    const media = within('@media print', rule('.saved'), rule('.app'))
    expect(styleOf(within('@layer components', media), within('@layer base', rule('.app')))).toBe(
      '@layer components {@media print {.saved { color: red }}}',
    )
  })

  test('is dark where the reader has it so, and never on paper', () => {
    expect(styleOf(rule('[data-theme="dark"]', '--ink: white'))).toBe(
      '@media screen and (prefers-color-scheme: dark) {:root { --ink: white }}',
    )
  })
})
