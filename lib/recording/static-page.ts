import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { ContentView, DeliveryState, PaneRow } from '#lib/ledger/views.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { consumerId } from '#lib/protocol/names.ts'
import type { Recording } from './format.ts'
import { openingOf } from './opening.ts'
import { STATIC_SCRIPT, STATIC_STYLE } from './static-template.ts'

/** A page is for showing, not for keeping: what happened later than this many events is left to the recording itself. */
export const STATIC_MAX_EVENTS = 20_000
const TEXT_MAX_CHARS = 300
/** Nothing that a page of that many events needs is ever let go of. */
const LIMITS = { rowsPerPane: STATIC_MAX_EVENTS, rowsTotal: 1_000_000, messages: STATIC_MAX_EVENTS }

/** One message at one consumer: at which event which state began. */
type Cell = [event: number, state: DeliveryState]

interface StaticColumn {
  id: string
  system: string
  destination: string
  name: string
  group: string | null
  /** By the message's place in `messages`. */
  cells: [message: number, steps: Cell[]][]
}

interface Watched extends Omit<StaticColumn, 'cells'> {
  cells: Map<string, Cell[]>
}

/** What the page draws from: the same facts that the views rest on, and nothing worked out anew. */
export interface StaticData {
  room: string
  events: number
  left: number
  /** Of each event, milliseconds since 1970. */
  times: number[]
  columns: StaticColumn[]
  messages: { number: number | null; sender: string | null; text: string; from: number }[]
}

/** Follows the rows of all panes and notes each change of each arrival. */
function createWatcher(ledger: Ledger, label: (system: string) => string) {
  const columns = new Map<string, Watched>()
  const panes = new Map<string, string>()
  const seen = new Map<string, readonly PaneRow[]>()
  const messages = new Map<string, { content: ContentView; from: number }>()

  const columnOf = (id: string): Watched | null => {
    const known = columns.get(id)
    if (known) return known
    const consumer = ledger.pane(id)?.consumer
    if (!consumer) return null
    const { name, system, destination, group = null } = consumer
    const column: Watched = { id, system: label(system), destination, name, group, cells: new Map() }
    columns.set(id, column)
    panes.set(id, system)
    return column
  }
  const note = (column: Watched, row: PaneRow, event: number): void => {
    if (row.type !== 'delivery') return
    const { messageId, state } = row.delivery
    const known = messages.get(messageId)
    messages.set(messageId, { content: row.message, from: known?.from ?? event })
    const cell = column.cells.get(messageId) ?? []
    column.cells.set(messageId, cell)
    if (cell.at(-1)?.[1] !== state) cell.push([event, state])
  }
  return {
    columns,
    /** The system of each. */
    panes,
    messages,
    look: (id: string, event: number): void => {
      const column = columnOf(id)
      const rows = ledger.pane(id)?.rows ?? []
      const before = seen.get(id)
      if (!column || rows === before) return
      seen.set(id, rows)
      rows.forEach((row, index) => {
        if (row !== before?.[index]) note(column, row, event)
      })
    },
  }
}

/** The consumers an event may have changed something for: its own, and those on the same system known by now. */
function concerned(event: RoomEvent, known: ReadonlyMap<string, string>): string[] {
  const system = 'system' in event ? event.system : undefined
  const others = Array.from(known).flatMap(([id, on]) => (system === undefined || on === system ? [id] : []))
  if (!('consumer' in event) || event.consumer === undefined) return others
  if (event.system === undefined || event.destination === undefined) return others
  const own = consumerId(event.system, event.destination, event.consumer)
  return known.has(own) ? others : [...others, own]
}

export function staticData(recording: Recording, label: (system: string) => string): StaticData {
  const events = recording.events.slice(0, STATIC_MAX_EVENTS)
  const ledger = createLedger(LIMITS)
  ledger.reset(openingOf(recording))
  const watcher = createWatcher(ledger, label)
  events.forEach((event, index) => {
    ledger.apply(event)
    for (const id of concerned(event, watcher.panes)) watcher.look(id, index + 1)
  })
  const places = new Map(Array.from(watcher.messages.keys(), (id, place) => [id, place]))
  const columns = [...watcher.columns.values()].sort(byLane(ledger, label))
  return {
    room: recording.header.room,
    events: events.length,
    left: recording.events.length - events.length,
    times: events.map(({ at }) => Math.round(at)),
    columns: columns.map((column) => ({
      ...column,
      cells: Array.from(column.cells, ([id, steps]) => [places.get(id) ?? -1, steps]),
    })),
    messages: Array.from(watcher.messages.values(), ({ content, from }) => ({
      number: content.number,
      sender: content.sender,
      text: (content.text ?? '').slice(0, TEXT_MAX_CHARS),
      from,
    })),
  }
}

/** Columns stand as the lanes do, then by group and name. */
function byLane(ledger: Ledger, label: (system: string) => string) {
  const lanes = ledger.destinations.map(({ system, name }) => `${label(system)} ${name}`)
  const placeOf = ({ system, destination }: Watched): number => lanes.indexOf(`${system} ${destination}`)
  return (a: Watched, b: Watched): number =>
    placeOf(a) - placeOf(b) || `${a.group} ${a.name}`.localeCompare(`${b.group} ${b.name}`)
}

/** Inside a script element nothing may look like its end; JSON allows the escape. */
const inScript = (data: StaticData): string => JSON.stringify(data).replaceAll('<', '\\u003c')

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** One file that shows the recording as a table with a scrub bar, offline, in any browser. Texts stay text. */
export function staticPage(recording: Recording, label: (system: string) => string): string {
  const data = staticData(recording, label)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Switchboard: a recording of ${escaped(data.room)}</title>
<style>${STATIC_STYLE}</style>
</head>
<body>
<header><h1>Recording of ${escaped(data.room)}</h1><p id="note"></p></header>
<div class="player">
<button id="play" type="button">Play</button>
<input id="at" type="range" min="0" max="${data.events}" value="${data.events}" aria-label="Moment of the recording">
<output id="moment"></output>
</div>
<main><table><thead id="head"></thead><tbody id="rows"></tbody></table></main>
<script type="application/json" id="data">${inScript(data)}</script>
<script>${STATIC_SCRIPT}</script>
</body>
</html>
`
}
