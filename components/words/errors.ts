import type { ErrorCode, Failure } from '#lib/protocol/errors.ts'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import { formatCount } from '../ui/format.ts'
import { notOursWords } from './faults.ts'

/** The details that an error's sentence may contain. */
export interface ErrorContext {
  /** "RabbitMQ", where the error belongs to one system. */
  label?: string
  retryAfterMs?: number
  /** The server's own sentence; shown where it holds the reason. */
  message?: string
  detail?: Record<string, string | number | boolean>
}

const SECOND_MS = 1_000

const who = (context: ErrorContext) => context.label ?? 'The broker'
const reason = (context: ErrorContext) => (context.detail?.reason ? `: ${context.detail.reason}` : '.')
/** The broker's own reason, else the server's sentence. */
const because = (context: ErrorContext) => {
  const text = context.detail?.reason ?? context.message
  return text ? `: ${text}` : '.'
}
const wait = ({ retryAfterMs }: ErrorContext) =>
  retryAfterMs === undefined ? 'in a moment' : `in ${Math.max(1, Math.ceil(retryAfterMs / SECOND_MS))} s`

const WORDS: Record<ErrorCode | 'offline', (context: ErrorContext) => string> = {
  offline: () => 'The dashboard is not answering, so nothing was sent. Try again when it is back.',
  'bad-request': () => 'The dashboard could not read that. Reload the page and try again.',
  'token-needed': () => 'This page has no pass for the room any more. Reload it, and enter the code.',
  'forbidden-role': () => 'Only a presenter may do that.',
  'forbidden-room': () => 'Your pass is for another room. Enter this room’s code.',
  'not-yours': () => 'It is somebody else’s. A presenter may do that, and whoever it belongs to.',
  muted: () => 'A presenter has muted you: you see everything, and what you send goes nowhere.',
  'person-removed': () => 'A presenter has removed you from this room.',
  'wrong-code': () => 'No room has this code. Look at the screen again.',
  'forbidden-origin': () =>
    'This page comes from another address than the dashboard. Open the dashboard itself.',
  'forbidden-host': () => 'The dashboard does not answer under this address. Use the one it printed.',
  'room-not-found': () => 'This room is not there any more.',
  'destination-not-found': () => 'This destination is not there any more.',
  'consumer-not-found': () => 'This consumer is not there any more.',
  'delivery-not-found': () => 'It is not in hand any more: settled already, or back with the broker.',
  'person-not-found': () => 'This person is not here any more.',
  'system-not-found': () => 'The dashboard knows no such broker.',
  'command-not-found': () => 'The dashboard knows no such command. Reload the page.',
  'not-found': () => 'There is nothing here.',
  'method-not-allowed': () => 'That cannot be done here.',
  'name-taken': () => 'That name is taken. Choose another.',
  'id-in-use': () => 'That id stands for another message already. Nothing was sent under it.',
  'ambiguous-name': (context) => `Several have that name${because(context)}`,
  'wrong-state': () => 'That is not possible right now: its state has changed.',
  'lesson-not-found': () => 'There is no such lesson.',
  'lobby-stays': () => 'The lobby cannot be removed.',
  'not-capable': (context) => `${who(context)} has no such thing${because(context)}`,
  'existed-before': (context) =>
    `${context.detail?.name ?? 'It'} was on the broker before it was added here, and other programs may use it.`,
  'load-running': () => 'A load is running already. Stop it first.',
  'not-ours': (context) => notOursWords(context.detail?.reason, who(context)),
  'vote-open': () => 'A question is open already. Reveal it or take it away first.',
  'vote-closed': () => 'No question is open now, so nothing was counted.',
  'text-too-long': () =>
    `The text is longer than ${formatCount(TEXT_MAX_BYTES)} bytes. Shorten it; nothing was sent.`,
  'body-too-large': () => 'That is too large. Nothing was sent.',
  invalid: (context) => `That is not valid${because(context)}`,
  'text-empty': () => 'There is no text to send.',
  'broker-refused': (context) => `${who(context)} refused it${reason(context)}`,
  'too-many': () => 'There are as many as the dashboard allows. Try again when one is gone.',
  'rate-limited': (context) => `Too many at once. Try again ${wait(context)}.`,
  internal: () => 'Something failed inside the dashboard. Its log says more; the other lanes go on.',
  'broker-down': (context) => `${who(context)} is not answering, so nothing was sent there.`,
  'broker-timeout': (context) => `${who(context)} took too long to answer. Try again.`,
}

const isKnown = (code: string): code is keyof typeof WORDS => Object.hasOwn(WORDS, code)

/** A failure's code as a sentence for the person who caused it: what happened, what it means, what to do. */
export function errorWords(code: string, context: ErrorContext = {}): string {
  return isKnown(code) ? WORDS[code](context) : `It did not work (${code}).`
}

/** A wrong file is refused with the line and the reason, which are the server's own words. */
export function fileRefusalWords(failure: Failure): string {
  const { line } = failure.detail ?? {}
  if (failure.code !== 'invalid') return errorWords(failure.code, failure)
  return typeof line === 'number' && !failure.message.includes(`line ${line}`)
    ? `Line ${line}: ${failure.message}`
    : failure.message
}
