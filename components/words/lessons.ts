import type { Lesson, LessonStep } from '#lib/protocol/lesson.ts'
import { formatCount } from '../ui/format.ts'
import { listed } from './sentence.ts'

export const LEVEL_WORDS: Record<Lesson['level'], string> = {
  beginner: 'Beginner',
  intermediate: 'Intermediate',
  advanced: 'Advanced',
}

export const minutesWords = (minutes: number): string => `${minutes} min`

type Of<K extends string> = Extract<LessonStep, Record<K, unknown>>[K &
  keyof Extract<LessonStep, Record<K, unknown>>]

const quoted = (text: string): string => `“${text}”`

function sentWords({ to, text, times, key }: Of<'send'>): string {
  const where = listed([to].flat())
  const nth = (n: number) => quoted(text.replaceAll('{n}', String(n)))
  const what = times === 1 ? nth(1) : `${nth(1)} to ${nth(times)}`
  const same = times > 1 && !text.includes('{n}') ? `${nth(1)} ${times} times` : what
  const how =
    key === undefined
      ? ''
      : ` with the key ${quoted(key.replaceAll('{n}', '1'))}${key.includes('{n}') ? ' and so on' : ''}`
  return `Send ${same} to ${where}${how}.`
}

const settingsWords = (settings: object): string =>
  listed(Object.entries(settings).map(([name, value]) => `${name} ${String(value)}`))

const SETTLED: Record<Of<'settle'>['verb'], string> = {
  ack: 'acknowledges',
  requeue: 'requeues',
  reject: 'rejects',
}

const FAULTS: Record<string, [does: string, button: string]> = {
  pause: ['pauses: it processes nothing more, and stays attached', 'Pause'],
  resume: ['resumes', 'Resume'],
  crash: ['crashes: its connection ends without a goodbye', 'Crash'],
  start: ['starts again', 'Start'],
  slow: ['is slow to reach: every byte takes its time', 'Slow down'],
  freeze: ['freezes: no byte passes, and its connection stays open', 'Freeze'],
  cut: ['is cut off: its connections are reset', 'Cut off'],
  mend: ['can be reached as before', 'Mend'],
  'pause-broker': ['pauses: its processes stop as they are', 'Pause'],
  'resume-broker': ['goes on', 'Resume'],
  'stop-broker': ['stops', 'Stop'],
  'start-broker': ['starts again', 'Start'],
}

const faultOf = (fault: Of<'fault'>): [name: string, whom: string] => {
  const [name, at] = (Object.entries(fault)[0] ?? ['', '']) as [string, string | { consumer: string }]
  return [name, typeof at === 'string' ? at : at.consumer]
}

/** What a step does, as a sentence; empty for what only waits. */
function stepWords(step: LessonStep): string {
  if ('send' in step) return sentWords(step.send)
  if ('load' in step)
    return `Send ${formatCount(step.load.count)} messages of ${step.load.size} bytes to ${step.load.to}.`
  if ('add' in step) return `${step.add.name} joins ${step.add.to}.`
  if ('remove' in step) return `${step.remove} leaves.`
  if ('set' in step)
    return `${step.set.consumer ?? step.set.destination} gets other settings: ${settingsWords(step.set.settings)}.`
  if ('settle' in step) return `${step.settle.consumer} ${SETTLED[step.settle.verb]} what it holds.`
  if ('seek' in step)
    return `${step.seek.consumer} reads on from ${'to' in step.seek.to ? step.seek.to.to : 'there'}.`
  if ('fault' in step) {
    const [name, whom] = faultOf(step.fault)
    return `${whom} ${FAULTS[name]?.[0] ?? name}.`
  }
  return ''
}

/** Steps of one kind that are done together, in one sentence: "worker-1 and reader-1 leave." */
function togetherWords(steps: readonly LessonStep[]): string | null {
  const left = steps.flatMap((step) => ('remove' in step ? [step.remove] : []))
  if (left.length === steps.length && left.length > 1) return `${listed(left)} leave.`
  const added = steps.flatMap((step) => ('add' in step ? [`${step.add.name} joins ${step.add.to}`] : []))
  if (added.length === steps.length && added.length > 1) return `${listed(added)}.`
  return null
}

/** What several steps do, in words. */
export function stepsWords(all: readonly LessonStep[]): string {
  const acts = all.filter((step) => !('wait-for' in step || 'say' in step))
  return togetherWords(acts) ?? acts.map(stepWords).join(' ')
}

const BUTTONS = {
  add: (names: string[]) => `Add ${listed(names)}`,
  remove: (names: string[]) => `Let ${listed(names)} leave`,
} as const

/** More names than this in a button's words are counted instead. */
const NAMES_MAX = 2

const some = (names: string[]): string[] => (names.length > NAMES_MAX ? [`all ${names.length}`] : names)

/** What the button of a step on the screen says. */
export function buttonWords(all: readonly LessonStep[]): string {
  const acts = all.filter((step) => !('wait-for' in step || 'say' in step))
  const [first] = acts
  const verbs = new Set(acts.map((step) => Object.keys(step)[0]))
  if (first === undefined || verbs.size > 1) return 'Set it up'
  if ('send' in first) {
    const count = acts.reduce((sum, step) => sum + ('send' in step ? step.send.times : 0), 0)
    return count === 1 ? 'Send it' : `Send all ${count}`
  }
  if ('add' in first) return BUTTONS.add(some(acts.flatMap((step) => ('add' in step ? [step.add.name] : []))))
  if ('remove' in first)
    return BUTTONS.remove(some(acts.flatMap((step) => ('remove' in step ? [step.remove] : []))))
  if ('fault' in first) {
    const whom = acts.flatMap((step) => ('fault' in step ? [faultOf(step.fault)[1]] : []))
    return `${FAULTS[faultOf(first.fault)[0]]?.[1] ?? 'Do'} ${listed(some(whom))}`
  }
  if ('load' in first) return 'Send them'
  if ('set' in first) return 'Change it'
  if ('seek' in first) return `Move ${first.seek.consumer}`
  if ('settle' in first) return `Let ${first.settle.consumer} ${first.settle.verb}`
  return 'Do it'
}
