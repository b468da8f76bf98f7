import type { Facts } from '#lib/protocol/facts.ts'
import type { Expectation, ExpectationOf } from '#lib/protocol/lesson-expectation.ts'
import type { Count } from '#lib/protocol/lesson-words.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { LessonView, SentMessage } from './lesson-view.ts'
import { idOf } from './places.ts'

/** An expectation beside what really happened, in words. */
export interface Outcome {
  holds: boolean
  expected: string
  seen: string
}

/** Compares an expectation with what the ledger has worked out so far. Pure. */
export function outcomeOf(expectation: Expectation, view: LessonView): Outcome {
  if ('got' in expectation) return got(expectation.got, view)
  if ('each' in expectation) return each(expectation.each, view)
  if ('order' in expectation) return order(expectation.order, view)
  if ('receipt' in expectation) return receipt(expectation.receipt, view)
  if ('state' in expectation) return state(expectation.state, view)
  if ('attempts' in expectation) return attempts(expectation.attempts, view)
  if ('redelivered' in expectation) return redelivered(expectation.redelivered, view)
  if ('ended' in expectation) return ended(expectation.ended, view)
  if ('verdict' in expectation) return verdict(expectation.verdict, view)
  if ('kept' in expectation) return kept(expectation.kept, view)
  if ('lag' in expectation) return lag(expectation.lag, view)
  if ('share' in expectation) return share(expectation.share, view)
  if ('spread' in expectation) return spread(expectation.spread, view)
  if ('gap' in expectation) return gap(expectation.gap, view)
  if ('consumer' in expectation) return consumer(expectation.consumer, view)
  return unreachable(expectation)
}

const prefixOf = ({ system, name }: { system: string; name: string }): string => `${system}:${name}:`
const of = (label: string | undefined): string => (label === undefined ? 'all that was sent' : label)
const names = (who: string | string[] | undefined): string =>
  who === undefined ? 'everybody together' : [who].flat().join(' and ')

/** Where a count is `all`, it is how many there were. */
const counted = (count: Count | 'all', all: () => number): Count => (count === 'all' ? all() : count)

function matches(count: Count, seen: number | null | undefined): boolean {
  if (seen === null || seen === undefined) return false
  if (typeof count === 'number') return seen === count
  return seen >= (count.min ?? 0) && seen <= (count.max ?? Number.POSITIVE_INFINITY)
}

function words(count: Count | 'all'): string {
  if (count === 'all') return 'all'
  if (typeof count === 'number') return String(count)
  const { min, max } = count
  if (max === undefined) return `at least ${min ?? 0}`
  return min === undefined ? `at most ${max}` : `${min} to ${max}`
}

const shown = (seen: number | null | undefined): string => String(seen ?? 'not known')

/** "1 message", "2 messages". */
const withUnit = (count: string, word: string): string =>
  `${count} ${count === '1' ? word.replace(/^(message|arrival)s/, '$1') : word}`.trim()

/** One figure, or several that must all hold. */
function figures(
  subject: string,
  all: ReadonlyArray<readonly [word: string, count: Count | undefined, seen: number | null | undefined]>,
): Outcome {
  const asked = all.flatMap(([word, count, seen]) => (count === undefined ? [] : [{ word, count, seen }]))
  return {
    holds: asked.every(({ count, seen }) => matches(count, seen)),
    expected: `${subject}: ${asked.map(({ word, count }) => withUnit(words(count), word)).join(', ')}`,
    seen: asked.map(({ word, seen }) => withUnit(shown(seen), word)).join(', '),
  }
}

function got(asked: ExpectationOf<'got'>, view: LessonView): Outcome {
  const prefix = asked.on === undefined ? '' : prefixOf(view.places.destination(asked.on))
  const arrivals = view
    .arrivals(asked.of, asked.who)
    .filter(({ consumerId }) => consumerId.startsWith(prefix))
  const subject = `${names(asked.who)}${asked.on === undefined ? '' : ` on ${asked.on}`}`
  const counts = figures(`${subject} got of ${of(asked.of)}`, [
    ['messages', asked.messages, new Set(arrivals.map(({ messageId }) => messageId)).size],
    ['arrivals', asked.arrivals, arrivals.length],
  ])
  if (asked.texts === undefined) return counts
  const inOrder = (texts: readonly string[]) => JSON.stringify(asked.anyOrder ? [...texts].sort() : texts)
  const seen = arrivals.map(({ text }) => text)
  const list = `${asked.texts.join(', ')}${asked.anyOrder ? ' in any order' : ''}`
  const noCounts = asked.messages === undefined && asked.arrivals === undefined
  return {
    holds: counts.holds && inOrder(asked.texts) === inOrder(seen),
    expected: noCounts ? `${subject} got: ${list}` : `${counts.expected}: ${list}`,
    seen: seen.length === 0 ? 'nothing' : seen.join(', '),
  }
}

function each(asked: ExpectationOf<'each'>, view: LessonView): Outcome {
  const place = asked.on === undefined ? undefined : view.places.destination(asked.on)
  const prefix = place === undefined ? '' : prefixOf(place)
  const places = place === undefined ? view.places.destinations : [place]
  const there = (message: SentMessage) => places.reduce((sum, one) => sum + view.thereFor(message, one), 0)
  const messages = view.messages(asked.of)
  const receivers = new Map(messages.map(({ id }) => [id, new Set<string>()]))
  for (const { messageId, consumerId } of view.arrivals(asked.of)) {
    if (consumerId.startsWith(prefix)) receivers.get(messageId)?.add(consumerId)
  }
  const countOf = ({ id }: SentMessage) => receivers.get(id)?.size ?? 0
  const fits = (message: SentMessage) =>
    matches(
      counted(asked.consumers, () => there(message)),
      countOf(message),
    )
  const counts = messages.map(countOf)
  const where = asked.on === undefined ? '' : ` on ${asked.on}`
  return {
    holds: messages.length > 0 && messages.every(fits),
    expected: `each of ${of(asked.of)}${where} reached ${words(asked.consumers)} consumers`,
    seen: [...new Set(counts)].sort((a, b) => a - b).join(' or ') || 'nothing was sent',
  }
}

function order(asked: ExpectationOf<'order'>, view: LessonView): Outcome {
  const first = new Map(view.arrivals(asked.of, asked.who).map(({ messageId, index }) => [messageId, index]))
  const indices = [...first.values()]
  const isKept = indices.every((index, place) => place === 0 || index > (indices[place - 1] ?? 0))
  return {
    holds: indices.length > 1 && isKept === (asked.is === 'kept'),
    expected: `the order of ${of(asked.of)} at ${names(asked.who)} is ${asked.is}`,
    seen:
      indices.length < 2
        ? 'too few arrived'
        : `${isKept ? 'kept' : 'broken'}: ${indices.map((n) => n + 1).join(' ')}`,
  }
}

function receipt(asked: ExpectationOf<'receipt'>, view: LessonView): Outcome {
  const lives = view.lives(asked.of, asked.on)
  const receipts = lives.map(({ life }) => life?.receipt)
  const fits = lives.filter(({ message, life }) => {
    if (life?.receipt.state !== asked.is) return false
    if (asked.heardBy === undefined) return true
    const all = () => view.thereFor(message, { system: life.system, name: life.destination })
    return life.receipt.state === 'published' && matches(counted(asked.heardBy, all), life.receipt.heardBy)
  })
  const heard = asked.heardBy === undefined ? '' : `, heard by ${words(asked.heardBy)}`
  const seen = receipts.map((one) => {
    if (one?.state !== 'published' || one.heardBy === null) return one?.state ?? 'pending'
    return `published, heard by ${one.heardBy}`
  })
  return {
    holds: receipts.length > 0 && fits.length === receipts.length,
    expected: `each of ${of(asked.of)}${asked.on === undefined ? '' : ` on ${asked.on}`} was ${asked.is}${heard}`,
    seen: tallied(seen),
  }
}

function state(asked: ExpectationOf<'state'>, view: LessonView): Outcome {
  const states = view.arrivals(asked.of, asked.who).map((arrival) => arrival.state)
  return {
    holds: matches(asked.arrivals, states.filter((one) => one === asked.is).length),
    expected: `${words(asked.arrivals)} arrivals of ${of(asked.of)} at ${names(asked.who)} are ${asked.is}`,
    seen: tallied(states),
  }
}

function attempts(asked: ExpectationOf<'attempts'>, view: LessonView): Outcome {
  const known = view
    .arrivals(asked.of, asked.who)
    .flatMap(({ attempt }) => (attempt === null ? [] : [attempt]))
  const highest = known.length === 0 ? null : Math.max(...known)
  return figures(`the last attempt of ${of(asked.of)} at ${names(asked.who)}`, [['', asked.highest, highest]])
}

function redelivered(asked: ExpectationOf<'redelivered'>, view: LessonView): Outcome {
  const again = view.arrivals(asked.of, asked.who).filter((arrival) => arrival.redelivered)
  const subject = `of ${of(asked.of)} at ${names(asked.who)}`
  return figures(subject, [['arrivals marked as redelivered', asked.arrivals, again.length]])
}

function ended(asked: ExpectationOf<'ended'>, view: LessonView): Outcome {
  const ends = view.lives(asked.of, undefined).filter(({ life }) => life?.ended?.how === asked.how)
  return figures(`of ${of(asked.of)}`, [[asked.how, asked.messages, ends.length]])
}

function verdict(asked: ExpectationOf<'verdict'>, view: LessonView): Outcome {
  const { system, name } = view.places.destination(asked.on)
  const newest = view.messages(asked.of).at(-1)
  const seen = newest && view.ledger.trace(system, name, newest.id).verdict
  const isGot = seen?.kind === 'got'
  const due = seen !== undefined && 'of' in seen ? seen.of : undefined
  const parts = (of: {
    kind: string
    got?: number | 'all' | undefined
    due?: number | undefined
    shape?: string | undefined
  }) =>
    [
      of.kind,
      of.got === undefined ? '' : `by ${of.got}`,
      of.due === undefined ? '' : `of ${of.due}`,
      of.shape ? `(${of.shape})` : '',
    ]
      .filter(Boolean)
      .join(' ')
  const everybody = () => newest && view.thereFor(newest, { system, name })
  const got = asked.got === 'all' ? everybody() : asked.got
  return {
    holds:
      seen?.kind === asked.is &&
      (asked.got === undefined || (isGot && seen.got === got)) &&
      (asked.due === undefined || due === asked.due) &&
      (asked.shape === undefined || (isGot && seen.shape === asked.shape)),
    expected: `the verdict on ${asked.on}: ${parts({ ...asked, kind: asked.is })}`,
    seen: seen
      ? parts({ kind: seen.kind, due, ...(isGot ? { got: seen.got, shape: seen.shape } : {}) })
      : 'none',
  }
}

function factsOn(on: string, view: LessonView): Facts | undefined {
  const { system, name } = view.places.destination(on)
  return view.ledger.destination(system, name)?.facts?.facts
}

function kept(asked: ExpectationOf<'kept'>, view: LessonView): Outcome {
  const facts = factsOn(asked.on, view)
  const queue = facts?.mode === 'queue' ? facts : undefined
  const fanout = facts?.mode === 'fanout' ? facts : undefined
  const log = facts?.mode === 'log' ? facts.partitions : queue?.partitions
  const stored = log?.reduce((sum, { low, end }) => sum + Number(end) - Number(low), 0)
  const waiting = Object.entries(asked.waiting ?? {}).map(
    ([name, count]) =>
      [`for ${name}`, count, fanout?.waiting.find((one) => one.consumer === name)?.messages] as const,
  )
  return figures(`${asked.on} keeps`, [
    ['ready', asked.ready, queue?.ready],
    ['unacked', asked.unacked, queue?.unacked],
    ['consumers', asked.consumers, queue?.consumers],
    ['stored', asked.stored, stored],
    ['subscribers', asked.subscribers, fanout?.subscribers],
    ['dead letters', asked.deadLetters, queue?.deadLetters?.ready],
    ...waiting,
  ])
}

function lag(asked: ExpectationOf<'lag'>, view: LessonView): Outcome {
  const facts = factsOn(asked.on, view)
  const group = facts?.mode === 'log' ? facts.groups.find((one) => one.group === asked.group) : undefined
  return figures(`the lag of ${asked.group} on ${asked.on}`, [['', asked.is, group?.lag]])
}

function share(asked: ExpectationOf<'share'>, view: LessonView): Outcome {
  const { system, name } = view.places.destination(asked.on)
  const has = (member: string) => view.ledger.pane(`${system}:${name}:${member}`)?.partitions.length
  return figures(
    `partitions of ${asked.on}`,
    Object.entries(asked.partitions).map(([member, count]) => [`at ${member}`, count, has(member)] as const),
  )
}

function spread(asked: ExpectationOf<'spread'>, view: LessonView): Outcome {
  const { system, name } = view.places.destination(asked.on)
  const here = view
    .arrivals(asked.of)
    .filter(({ consumerId }) => consumerId.startsWith(prefixOf({ system, name })))
  const partitions = here.flatMap(({ address }) => (address.kind === 'offset' ? [address.partition] : []))
  const subject = `what was read of ${of(asked.of)} lies in`
  return figures(subject, [['partitions', asked.partitions, new Set(partitions).size]])
}

function gap(asked: ExpectationOf<'gap'>, view: LessonView): Outcome {
  const rows = view.ledger.pane(idOf(view.places.consumer(asked.who)))?.rows ?? []
  const reasons = rows.flatMap((row) => (row.type === 'gap' ? [row.event.reason] : []))
  return {
    holds: reasons.some((reason) => reason === asked.reason),
    expected: `${asked.who} has a gap: ${asked.reason}`,
    seen: reasons.length === 0 ? 'no gap' : tallied(reasons),
  }
}

function consumer(asked: ExpectationOf<'consumer'>, view: LessonView): Outcome {
  const seen = view.ledger.pane(idOf(view.places.consumer(asked.who)))?.consumer.state ?? 'not there'
  return { holds: seen === asked.is, expected: `${asked.who} is ${asked.is}`, seen }
}

/** `published ×3, unheard`. */
function tallied(all: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1)
  const words = [...counts].map(([one, count]) => (count === 1 ? one : `${one} ×${count}`))
  return words.length === 0 ? 'nothing arrived' : words.join(', ')
}
