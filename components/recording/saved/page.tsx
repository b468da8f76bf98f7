import { renderToStaticMarkup } from 'react-dom/server'
import { catalog, manifestOf } from '#lib/brokers/catalog.ts'
import type { Recording } from '#lib/recording/format.ts'
import { PAGE_SCRIPT, PAGE_SCRIPT_HASH } from '#lib/recording/page-script.ts'
import { formatCount, plural } from '../../ui/format.ts'
import { hueStyle } from '../../ui/look.ts'
import { EVIDENCE } from '../../words/life.ts'
import type { YieldWhenDue } from '../yield-to-browser.ts'
import type { CellVersion } from './cell-versions.ts'
import type { ListedEvent } from './event-list.ts'
import { inTurn, rendered, renderInSlices } from './in-slices.ts'
import { CellSymbols, laneSection, SECTION, SECTION_NAME, SECTION_NOTE } from './lane-table.tsx'
import { type PageLimits, type SavedRecording, savedRecording } from './model.ts'

const MINUTE_MS = 60_000
const NONCE_BYTES = 16

/**
 * Text, one style sheet and the page's own script (`lib/recording/page-script.ts`); nothing is fetched, and no other script
 * runs, whatever the texts say.
 */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    // Unlike the script, the style depends on the app's build; a hash of it would need `crypto.subtle`, which HTTP pages lack.
    `style-src 'nonce-${nonce}'`,
    `script-src '${PAGE_SCRIPT_HASH}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')

/** Not to be guessed by who wrote the texts of the page. */
const newNonce = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')

export interface PageOptions {
  /** What is to be said of the file. */
  note: string
  /** The clock of the page, minutes east of UTC: a saved page says the same wherever it is opened. */
  zoneMinutes: number
  /** Awaited between two pieces of work, so that nothing else has to wait long. */
  yieldWhenDue: YieldWhenDue
  /** The rules for elements of these classes: the app's own. */
  styleFor: (classes: ReadonlySet<string>) => string
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

const BODY = 'saved mx-auto max-w-[1440px] px-6 pb-12 max-700:px-3 max-700:pb-8 print:max-w-none print:p-0'

/**
 * One static file that shows a whole recording: who got each message and why not, and all events. Needs no
 * network, and reads without its script. */
export async function savedPage(recording: Recording, options: PageOptions): Promise<string> {
  const { yieldWhenDue } = options
  const saved = await savedRecording(recording, yieldWhenDue, options.limits)
  const title = `Recording of ${saved.room}`
  const introduction = renderToStaticMarkup(
    <>
      <CellSymbols />
      <Introduction title={title} saved={saved} options={options} />
      <Player events={saved.events} />
    </>,
  )
  const sections: string[] = []
  for (const [index, lane] of saved.lanes.entries())
    sections.push(await laneSection(lane, index, yieldWhenDue))
  sections.push(await eventSection(saved, options))
  const classes = new Set(BODY.split(' '))
  for (const markup of [introduction, ...sections]) {
    for (const name of classesIn(markup)) classes.add(name)
    await yieldWhenDue()
  }
  const style = `${options.styleFor(classes)}\n${hues}`
  await yieldWhenDue()
  const data = scriptJson(await scriptData(saved, options))
  await yieldWhenDue()
  const nonce = newNonce()
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="${policy(nonce)}">
${renderToStaticMarkup(<title>{`Switchboard: ${title}`}</title>)}
<style nonce="${nonce}">${style}</style>
</head>
<body class="${BODY}">
${introduction}
<main>
${sections.join('\n')}
</main>
<script type="application/json" id="data">${data}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`
}

/** Each system's hue: the policy allows no style attributes. */
const hues = catalog
  .map((manifest) => {
    const variables = Object.entries(hueStyle(manifest)).map(([name, value]) => `${name}: ${value}`)
    return `[data-hue="${manifest.look.hue}"] { ${variables.join('; ')} }`
  })
  .join('\n')

const classesIn = (markup: string): string[] =>
  Array.from(markup.matchAll(/ class="([^"]*)"/g), ([, names = '']) => names.split(' ')).flat()

/** JSON in a script element: nothing in it may look like the element's end, nor like a line end to an old parser. */
const scriptJson = (data: unknown): string =>
  JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

interface IntroductionProps {
  title: string
  saved: SavedRecording
  options: PageOptions
}

function Introduction({ title, saved, options: { note, zoneMinutes } }: IntroductionProps) {
  const messages = new Set(saved.lanes.flatMap(({ rows }) => rows.map(({ message }) => message.messageId)))
  const day = stamp(saved.startedAt, zoneMinutes).slice(0, 10)
  const cut = [
    note,
    saved.left > 0
      ? `This page ends early: it holds the first ${formatCount(saved.events)} events, and ${formatCount(saved.left)} later ones are in the recording only. Verdicts are as of that moment.`
      : '',
  ].filter(Boolean)
  return (
    <header>
      <h1 className="mt-6 mb-2 text-2xl font-strong wrap-anywhere print:mt-0">{title}</h1>
      <p className="text-ink-2">
        {`${day}, ${plural(messages.size, 'message')}, ${plural(saved.events, 'event')}. Times are in ${zoneName(zoneMinutes)}.`}
      </p>
      {cut.map((one) => (
        <p key={one} className="mt-1 font-strong">
          {one}
        </p>
      ))}
      <nav aria-label="On this page" className="mt-3 flex flex-wrap gap-x-4 gap-y-1 underline print:hidden">
        {saved.lanes.map((lane, index) => (
          <a key={`${lane.label} ${lane.destination}`} href={`#lane-${index}`}>
            {`${lane.label} ${lane.destination}`}
          </a>
        ))}
        <a href="#events">All events</a>
      </nav>
    </header>
  )
}

const PLAYER =
  'player sticky top-2 z-2 mt-4 flex items-center gap-3 rounded-3 border-2 border-ink bg-surface px-3 py-2 max-700:flex-wrap print:static print:m-0 print:border-0 print:p-0'

/** Shown by the page's script, without which it could do nothing. */
const Player = ({ events }: { events: number }) => (
  <div className={PLAYER} hidden>
    <button
      id="play"
      type="button"
      className="min-h-control min-w-18 rounded-2 border border-line-control px-3 py-1 text-center max-700:min-h-12 print:hidden"
    >
      Play
    </button>
    <input
      id="at"
      type="range"
      min="0"
      max={events}
      defaultValue={events}
      className="min-w-20 flex-1 accent-ink print:hidden"
      aria-label="Moment of the recording"
    />
    <output id="moment" className="whitespace-nowrap max-700:w-full" />
  </div>
)

async function eventSection(
  saved: SavedRecording,
  { zoneMinutes, yieldWhenDue }: PageOptions,
): Promise<string> {
  const { listed, events } = saved
  const list = await renderInSlices(listed, yieldWhenDue, (event) => (
    <EventLine key={event.position} event={event} zoneMinutes={zoneMinutes} />
  ))
  const others = events - listed.length
  return renderToStaticMarkup(
    <section id="events" className={SECTION} aria-labelledby="events-name">
      <h2 id="events-name" className={SECTION_NAME}>
        Events <small className={SECTION_NOTE}>in the order in which the server learned of them</small>
      </h2>
      <p className="text-ink-2">
        Each says how it is known: the broker said so, our own client did it, or it was inferred.
        {others > 0 &&
          ` Not listed are ${plural(others, 'reading')} by the clock: facts, people and counts of loads.`}
      </p>
      <ol className="mt-3" {...rendered(list)} />
    </section>,
  )
}

function EventLine({ event, zoneMinutes }: { event: ListedEvent; zoneMinutes: number }) {
  const { position, at, system, words, evidence } = event
  const manifest = system === null ? undefined : manifestOf(system)
  const { word, title } = EVIDENCE[evidence]
  return (
    <li data-event={position} data-hue={manifest?.look.hue}>
      <i>{position}</i>
      <time>{clockOf(at, zoneMinutes)}</time>
      <b>{manifest?.label ?? system}</b>
      <span>{words}</span>
      <small title={title}>{word}</small>
    </li>
  )
}

/** What the page's program winds by: each row's versions, with every sentence held once. */
async function scriptData(
  { events, times, lanes }: SavedRecording,
  { zoneMinutes, yieldWhenDue }: PageOptions,
) {
  const words: [look: string, text: string][] = []
  const indexes = new Map<string, number>()
  const indexOf = ({ look, text }: CellVersion): number => {
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
      inTurn(rows, yieldWhenDue, ({ from, versions }) => ({
        from,
        versions: versions.map((one) => one.flatMap((version) => [version.event, indexOf(version)])),
      })),
    ),
    words,
  }
}
