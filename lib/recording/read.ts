import * as z from 'zod'
import { type RoomEvent, roomEventSchema } from '#lib/protocol/events.ts'
import { cutText } from '#lib/util/cut-text.ts'
import {
  RECORDING_FORMAT,
  RECORDING_MAX_BYTES,
  RECORDING_MAX_CHARS,
  RECORDING_MAX_EVENTS,
  RECORDING_VERSION,
  type Recording,
  type RecordingHeader,
  recordingHeaderSchema,
} from './format.ts'

/** Why a file cannot be opened. `line` counts from 1. */
export type RecordingFault =
  | { code: 'too-large' }
  | { code: 'not-a-recording' }
  | { code: 'version'; version: string }
  | { code: 'broken-header'; detail: string }
  | { code: 'broken-line'; line: number; detail: string }
  | { code: 'out-of-order'; line: number }
  | { code: 'empty' }

/** `cut`: how many events fewer the file holds than its header says. */
export type ReadResult =
  | { ok: true; recording: Recording; cut: number }
  | { ok: false; fault: RecordingFault }

/** Lines parsed before yielding to the page. */
const LINES_AT_ONCE = 4_000
const DETAIL_MAX_CHARS = 200

interface ReadOptions {
  /** Gives the page a moment between two portions; an await of nothing where there is no page. */
  yieldNow(): Promise<void>
  limits?: { events: number; chars: number }
}

type Parsed<T> = { ok: true; value: T } | { ok: false; fault: RecordingFault }

const refuse = (fault: RecordingFault) => ({ ok: false as const, fault })

/** Whether a file of that size is worth reading at all. */
export const isTooLarge = (bytes: number): boolean => bytes > RECORDING_MAX_BYTES

/** Reads a recording from the text of its file. Hostile input: every line is parsed, and the first fault ends it. */
export async function readRecording(text: string, options: ReadOptions): Promise<ReadResult> {
  const limits = options.limits ?? { events: RECORDING_MAX_EVENTS, chars: RECORDING_MAX_CHARS }
  if (text.length > limits.chars + DETAIL_MAX_CHARS + RECORDING_MAX_EVENTS)
    return refuse({ code: 'too-large' })
  const firstEnd = text.indexOf('\n')
  const header = readHeader(firstEnd === -1 ? text : text.slice(0, firstEnd))
  if (!header.ok) return header
  const events: RoomEvent[] = []
  let order: RoomEvent | null = null
  let line = 1
  for (let from = firstEnd === -1 ? text.length : firstEnd + 1; from < text.length; ) {
    const end = text.indexOf('\n', from)
    const raw = text.slice(from, end === -1 ? text.length : end)
    from = end === -1 ? text.length : end + 1
    line += 1
    if (raw.trim() === '') continue
    if (events.length >= limits.events) return refuse({ code: 'too-large' })
    const read = readEvent(raw, line)
    if (!read.ok) return read
    const event = read.value
    if (order && order.epoch === event.epoch && event.seq < order.seq) {
      return refuse({ code: 'out-of-order', line })
    }
    order = event
    events.push(event)
    if (events.length % LINES_AT_ONCE === 0) await options.yieldNow()
  }
  if (events.length === 0) return refuse({ code: 'empty' })
  const cut = Math.max(0, header.value.events - events.length)
  return { ok: true, recording: { header: header.value, events }, cut }
}

const formatSchema = z.object({ format: z.literal(RECORDING_FORMAT), version: z.unknown() })

function readHeader(raw: string): Parsed<RecordingHeader> {
  const value = parseJson(raw)
  const format = formatSchema.safeParse(value)
  if (!format.success) return refuse({ code: 'not-a-recording' })
  const { version } = format.data
  if (version !== RECORDING_VERSION) {
    return refuse({ code: 'version', version: cutText(String(version), DETAIL_MAX_CHARS) })
  }
  const header = recordingHeaderSchema.safeParse(value)
  return header.success
    ? { ok: true, value: header.data }
    : refuse({ code: 'broken-header', detail: detailOf(header.error) })
}

function readEvent(raw: string, line: number): Parsed<RoomEvent> {
  const value = parseJson(raw)
  if (value === undefined) return refuse({ code: 'broken-line', line, detail: 'not JSON' })
  const event = roomEventSchema.safeParse(value)
  return event.success
    ? { ok: true, value: withInHand(event.data) }
    : refuse({ code: 'broken-line', line, detail: detailOf(event.error) })
}

/** Deliveries in the oldest recordings do not say whether their consumer had to settle them; their addresses imply it. */
function withInHand(event: RoomEvent): RoomEvent {
  if (event.kind !== 'delivered' || event.inHand !== undefined) return event
  const { address, group } = event
  const inHand = address.kind === 'queue' || (address.kind === 'entry' && group !== undefined)
  return inHand ? { ...event, inHand } : event
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    // What is not JSON is nothing of ours; the caller says where.
    return undefined
  }
}

const detailOf = (error: z.ZodError): string =>
  cutText(z.prettifyError({ issues: error.issues.slice(0, 1) }), DETAIL_MAX_CHARS)
