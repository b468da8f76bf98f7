import type { ArrivalEnd, LifeStep, ModeProfile, StepFacts } from '#lib/brokers/contract.ts'
import type { Evidence } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { plural } from '../ui/format.ts'
import { POISON_MEANS } from './poison.ts'
import { ordinalWord, positionWord } from './positions.ts'
import { type Sentence, sentence } from './sentence.ts'

/** What the texts of life steps depend on. */
export interface LifeWords {
  /** "RabbitMQ" */
  label: string
  mode: ModeProfile
  /** "mailbox" */
  destination: string
  sender: string | null
  /** Whoever processes it here fails. */
  isPoison: boolean
}

type Step<S extends StepFacts['step']> = Extract<StepFacts, { step: S }>

function publishedWords({ heardBy, address }: Step<'published'>, { label, mode }: LifeWords): Sentence {
  const position = address && positionWord(address)
  if (position) return sentence('Stored', `at ${position}: ${label} keeps it`)
  if (heardBy !== null) return sentence(`Heard by ${heardBy}`, `${label} handed it on and kept no copy`)
  return sentence(
    mode.receiptNoun.replace(/^./, (first) => first.toUpperCase()),
    `${label} owns it now`,
  )
}

function deliveredWords(step: Step<'delivered'>, { mode, isPoison }: LifeWords): Sentence {
  const { consumer, redelivered, attempt, group } = step
  const verb = mode.drawing.store === 'log' ? 'Read by' : 'Delivered to'
  if (redelivered) {
    const nth = attempt === null ? 'again' : `${ordinalWord(attempt)} try`
    return sentence(
      `${verb === 'Read by' ? 'Read again by' : 'Redelivered to'} ${consumer}`,
      // Where nothing is given back, a failure shows by its coming again.
      isPoison && !mode.can.settle ? `${nth}: ${POISON_MEANS}` : `same message, ${nth}`,
    )
  }
  if (mode.can.settle) return sentence(`${verb} ${consumer}`, 'waiting for its ack')
  return sentence(`${verb} ${consumer}`, group === null ? '' : `for group ${group}`)
}

const SETTLED: Record<ArrivalEnd, (step: Step<'settled'>, words: LifeWords) => Sentence> = {
  acknowledged: ({ consumer }, { mode }) => sentence(`Acked by ${consumer}`, `the ${mode.noun} forgets it`),
  committed: ({ group, consumer }) =>
    sentence(`Committed by ${group ?? consumer}`, 'it goes on behind it after a restart'),
  requeued: ({ consumer, reason }, { mode }) =>
    sentence(`${consumer} gave it back`, reason ?? `it waits in the ${mode.noun} again`),
  rejected: ({ consumer, reason }) => sentence(`Rejected by ${consumer}`, reason ?? 'and not to come back'),
  lost: ({ consumer }, { mode }) =>
    sentence(`${consumer} crashed`, mode.can.settle ? 'holding it' : 'before its commit'),
  unknown: ({ consumer }) => sentence('Not known', `events are missing; what ${consumer} did was not seen`),
}

const ENDINGS = { expired: 'Expired', 'dead-lettered': 'Dead-lettered', trimmed: 'Trimmed away' } as const

function endedWords({ how, reason, to }: Step<'ended'>): Sentence {
  return sentence(ENDINGS[how], to === null ? reason : `to ${to}: ${reason}`)
}

/** A step in plain words. */
export function stepWords(step: StepFacts, words: LifeWords): Sentence {
  const { label, mode, destination, sender } = words
  switch (step.step) {
    case 'sent':
      return sentence('Published', sender === null ? '' : `by ${sender}`)
    case 'outside':
      return sentence('Written', 'by a program outside; when is not known')
    case 'routed':
      return sentence('Routed', `to ${mode.noun} ${destination}`)
    case 'published':
      return publishedWords(step, words)
    case 'unheard':
      return sentence('Heard by nobody', `${label} kept no copy`)
    case 'returned':
      return sentence('Came back', `${label} had nowhere to put it`)
    case 'refused':
      return sentence('Refused', `by ${label}`)
    case 'uncertain':
      return sentence('Not known', 'it may or may not have arrived')
    case 'delivered':
      return deliveredWords(step, words)
    case 'settled':
      return SETTLED[step.how](step, words)
    case 'ended':
      return endedWords(step)
    default:
      return unreachable(step)
  }
}

/** How a step is drawn: neutral, an arrival, a good or a bad outcome. */
export type StepLook = 'start' | 'mid' | 'arrived' | 'again' | 'good' | 'bad' | 'back'

const SETTLED_LOOK: Record<ArrivalEnd, StepLook> = {
  acknowledged: 'good',
  committed: 'good',
  requeued: 'back',
  rejected: 'bad',
  lost: 'bad',
  unknown: 'mid',
}

export function stepLook(step: StepFacts): StepLook {
  switch (step.step) {
    case 'sent':
    case 'outside':
      return 'start'
    case 'routed':
    case 'published':
    case 'unheard':
    case 'uncertain':
      return 'mid'
    case 'returned':
    case 'refused':
    case 'ended':
      return 'bad'
    case 'delivered':
      return step.redelivered ? 'again' : 'arrived'
    case 'settled':
      return SETTLED_LOOK[step.how]
    default:
      return unreachable(step)
  }
}

/** The evidence for a step: a word, and what it means. */
export const EVIDENCE: Record<Evidence, { word: string; title: string }> = {
  broker: { word: 'broker', title: 'The broker said so.' },
  client: { word: 'client', title: 'Our own client did it; the broker sends no answer to this.' },
  inferred: { word: 'inferred', title: 'Concluded from what was seen; nobody said so.' },
}

/** Below this, in milliseconds, tenths are shown. */
const FINE_BELOW_MS = 10

/** Milliseconds since the send: `4.0`, `806`, `1,310`; `≤ ` before a time that is only an upper bound. */
export function sinceWord({ at, latest }: LifeStep, start: number | null): string | null {
  if (at === null || start === null) return null
  const ms = Math.max(0, at - start)
  const word = ms > 0 && ms < FINE_BELOW_MS ? ms.toFixed(1) : Math.round(ms).toLocaleString('en-US')
  return `${latest ? '≤ ' : ''}${word}`
}

/** "2 deliveries, 1 ack" */
export function lifeSummary(steps: readonly LifeStep[]): string {
  const deliveries = steps.filter(({ step }) => step === 'delivered').length
  const settled = (how: ArrivalEnd) => steps.filter((one) => one.step === 'settled' && one.how === how).length
  const acks = settled('acknowledged')
  const commits = settled('committed')
  return [
    deliveries === 0 ? 'no delivery yet' : `${deliveries} ${deliveries === 1 ? 'delivery' : 'deliveries'}`,
    acks > 0 ? plural(acks, 'ack') : null,
    commits > 0 ? `${commits} committed` : null,
  ]
    .filter((part) => part !== null)
    .join(', ')
}
