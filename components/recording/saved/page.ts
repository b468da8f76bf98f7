import { manifestOf } from '#lib/brokers/catalog.ts'
import type { Recording } from '#lib/recording/format.ts'
import { PAGE_STYLE, PAGE_STYLE_HASH } from '#lib/recording/page-look.ts'
import { dataMarkup, html, type Markup, raw } from '#lib/recording/page-markup.ts'
import { PAGE_SCRIPT, PAGE_SCRIPT_HASH } from '#lib/recording/page-script.ts'
import { formatCount, plural } from '../../ui/format.ts'
import { EVIDENCE } from '../../words/life.ts'
import type { YieldWhenDue } from '../yield-to-browser.ts'
import type { ListedEvent } from './event-list.ts'
import type { Step } from './follow.ts'
import { type PageLimits, type SavedLane, type SavedRecording, savedRecording } from './model.ts'

const TEXT_MAX_CHARS = 600
const MINUTE_MS = 60_000
/** Columns beside each other that a sheet of paper has no room for: such a table is printed as a list. */
const WIDE_CONSUMERS = 7

/** Text and styles of its own only; nothing is fetched, no other script runs, whatever the texts in it say. */
const POLICY = [
  "default-src 'none'",
  `style-src '${PAGE_STYLE_HASH}'`,
  `script-src '${PAGE_SCRIPT_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

export interface PageOptions {
  /** What is to be said of the file. */
  note: string
  /** The clock of the page, minutes east of UTC: a saved page says the same wherever it is opened. */
  zoneMinutes: number
  /** Awaited between two steps, so that nothing else has to wait long. */
  yieldWhenDue: YieldWhenDue
  limits?: PageLimits
}

/** `UTC`, `UTC+02:00` */
function zoneName(minutes: number): string {
  if (minutes === 0) return 'UTC'
  const clock = new Date(Math.abs(minutes) * MINUTE_MS).toISOString().slice(11, 16)
  return `UTC${minutes < 0 ? '-' : '+'}${clock}`
}

const stamp = (at: number, zoneMinutes: number): string =>
  new Date(at + zoneMinutes * MINUTE_MS).toISOString()
/** `10:24:18.092` */
const clockOf = (at: number, zoneMinutes: number): string => stamp(at, zoneMinutes).slice(11, 23)

/** One static file that shows a whole recording: who got each message and why not, and all events. Needs no network and no script. */
export async function savedPage(recording: Recording, options: PageOptions): Promise<string> {
  const { yieldWhenDue } = options
  const saved = await savedRecording(recording, yieldWhenDue, options.limits)
  const title = `Recording of ${saved.room}`
  const lanes = await inTurn(saved.lanes, yieldWhenDue, (lane, index) =>
    laneSection(lane, index, yieldWhenDue),
  )
  const events = await eventSection(saved, options)
  const data = dataMarkup(await scriptData(saved, options))
  await yieldWhenDue()
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="${raw(POLICY)}">
<title>Switchboard: ${title}</title>
<style>${raw(PAGE_STYLE)}</style>
</head>
<body>
${introduction(title, saved, options)}
<div class="player" hidden>
<button id="play" type="button">Play</button>
<input id="at" type="range" min="0" max="${saved.events}" value="${saved.events}" aria-label="Moment of the recording">
<output id="moment"></output>
</div>
<main>
${lanes}
${events}
</main>
<script type="application/json" id="data">${data}</script>
<script>${raw(PAGE_SCRIPT)}</script>
</body>
</html>
`.markup
}

/** Makes one after another, with rests between them. */
async function inTurn<T, U>(
  items: readonly T[],
  yieldWhenDue: YieldWhenDue,
  make: (item: T, index: number) => U | Promise<U>,
): Promise<U[]> {
  const made: U[] = []
  for (const [index, item] of items.entries()) {
    made.push(await make(item, index))
    await yieldWhenDue()
  }
  return made
}

function introduction(title: string, saved: SavedRecording, { note, zoneMinutes }: PageOptions): Markup {
  const messages = new Set(saved.lanes.flatMap(({ rows }) => rows.map(({ message }) => message.messageId)))
  const day = stamp(saved.startedAt, zoneMinutes).slice(0, 10)
  const cut = [
    note,
    saved.left > 0
      ? `This page ends early: it holds the first ${formatCount(saved.events)} events, and ${formatCount(saved.left)} later ones are in the recording only. Verdicts are as of that moment.`
      : '',
  ].filter(Boolean)
  return html`<header>
<h1>${title}</h1>
<p>${day}, ${plural(messages.size, 'message')}, ${plural(saved.events, 'event')}. Times are in ${zoneName(zoneMinutes)}.</p>
${cut.map((one) => html`<p class="cut">${one}</p>`)}
<nav aria-label="On this page">
${saved.lanes.map((lane, index) => html`<a href="#lane-${index}">${lane.label} ${lane.destination}</a>`)}
<a href="#events">All events</a>
</nav>
</header>`
}

const lastOf = (steps: readonly Step[]): Step => steps.at(-1) ?? { event: 0, look: '', text: '' }

async function laneSection(lane: SavedLane, index: number, yieldWhenDue: YieldWhenDue): Promise<Markup> {
  const newest = lane.rows.at(-1)
  const verdict = newest?.steps[0] ? lastOf(newest.steps[0]).text : 'Nothing sent yet'
  const name = `${lane.label} ${lane.destination}`
  const rows = await inTurn(lane.rows, yieldWhenDue, (row) => rowMarkup(lane, row))
  const left = `${plural(lane.left, 'earlier message')} of this lane are not in this page; their events are in the list below.`
  return html`<section id="lane-${index}" data-lane="${name}" data-hue="${lane.hue}" aria-labelledby="name-${index}">
<h2 id="name-${index}">${name} <small>${lane.mode}</small></h2>
<p class="verdict">${verdict}</p>
${lane.left > 0 ? html`<p class="cut">${left}</p>` : ''}
${lane.rows.length > 0 ? laneTable(lane, name, rows) : ''}
</section>
`
}

const laneTable = (
  lane: SavedLane,
  name: string,
  rows: readonly Markup[],
): Markup => html`<div class="scroll" tabindex="0" role="group" aria-label="Messages on ${name}">
<table class="${lane.columns.length >= WIDE_CONSUMERS ? 'wide' : ''}">
<thead><tr><th scope="col">Message</th><th scope="col">Verdict</th>${lane.columns.map(
  (column) => html`<th scope="col">${column.name}<small>${column.under}</small></th>`,
)}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>`

function rowMarkup(lane: SavedLane, { message, steps }: SavedLane['rows'][number]): Markup {
  const text = message.text ?? ''
  const shown = text.length > TEXT_MAX_CHARS ? `${text.slice(0, TEXT_MAX_CHARS)} …` : text
  const who = message.outside ? 'outside' : (message.sender ?? '')
  const number = message.number === null ? '' : html`<b>#${message.number}</b> `
  return html`<tr><th scope="row">${number}${who ? html`<b><bdi>${who}</bdi></b> ` : ''}<bdi>${shown}</bdi></th>${steps.map(
    (one, index) => {
      const { look, text: words } = lastOf(one)
      const column = index === 0 ? null : lane.columns[index - 1]
      return html`<td class="${look}">${column ? html`<em>${column.name}: </em>` : ''}<span>${words}</span></td>`
    },
  )}</tr>
`
}

async function eventSection(
  { listed, events }: SavedRecording,
  { zoneMinutes, yieldWhenDue }: PageOptions,
): Promise<Markup> {
  const list = await inTurn(listed, yieldWhenDue, (one) => eventMarkup(one, zoneMinutes))
  const others = events - listed.length
  const unlisted =
    others === 0
      ? ''
      : ` Not listed are ${plural(others, 'reading')} by the clock: facts, people and counts of loads.`
  return html`<section id="events" aria-labelledby="events-name">
<h2 id="events-name">Events <small>in the order in which the server learned of them</small></h2>
<p>Each says how it is known: the broker said so, our own client did it, or it was inferred.${unlisted}</p>
<ol>
${list}</ol>
</section>`
}

function eventMarkup({ position, at, system, words, evidence }: ListedEvent, zoneMinutes: number): Markup {
  const manifest = system === null ? undefined : manifestOf(system)
  const label = manifest?.label ?? system ?? ''
  const { word, title } = EVIDENCE[evidence]
  return html`<li data-event="${position}" data-hue="${manifest?.look.hue ?? ''}"><i>${position}</i><time>${clockOf(at, zoneMinutes)}</time><b>${label}</b><span>${words}</span><small title="${title}">${word}</small></li>
`
}

/** What the page's program winds by: each row's steps, with every sentence held once. */
async function scriptData(
  { events, times, lanes }: SavedRecording,
  { zoneMinutes, yieldWhenDue }: PageOptions,
) {
  const words: [look: string, text: string][] = []
  const indexes = new Map<string, number>()
  const indexOf = ({ look, text }: Step): number => {
    const key = `${look} ${text}`
    const known = indexes.get(key)
    if (known !== undefined) return known
    indexes.set(key, words.length)
    words.push([look, text])
    return words.length - 1
  }
  const [first = 0] = times
  return {
    events,
    began: Math.round(first + zoneMinutes * MINUTE_MS),
    times: times.map((at) => Math.round(at - first)),
    lanes: await inTurn(lanes, yieldWhenDue, ({ rows }) =>
      inTurn(rows, yieldWhenDue, ({ from, steps }) => ({
        from,
        steps: steps.map((one) => one.flatMap((step) => [step.event, indexOf(step)])),
      })),
    ),
    words,
  }
}
