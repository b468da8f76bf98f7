'use client'

import type { ScreenStep } from '#lib/lessons/screen-steps.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { Permitted } from '../access/permitted.tsx'
import { PointerNumber } from '../guide/pointers.tsx'
import { showLessonList } from '../start-here/lesson-panel-state.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { buttonWords, stepsWords } from '../words/lessons.ts'
import { Section } from './section.tsx'

interface DoNowProps {
  lesson: Lesson
  /** Undefined on the last page. */
  step: ScreenStep | undefined
  state: RoomLesson
  /** Its first place on the desk has the number 1. */
  pointed: boolean
  busy: boolean
  problem: string
  press(): void
}

const BIG = 'mt-3 w-full min-h-11 gap-2.5 fs-lg whitespace-normal py-1.5'
const TEXT = 'fs-lg tracking-tight'

function StepButton({ step, state, pointed, busy, press }: Omit<DoNowProps, 'lesson' | 'problem'>) {
  const isNext = state.step === state.done
  if (step && state.step < state.done) {
    return (
      <p className="mt-3 inline-flex items-center gap-1.5 text-good fs-sm">
        <Icon name="check" /> done
      </p>
    )
  }
  if (!isNext) return <p className="mt-3 text-ink-2 fs-sm">It waits for step {state.done + 1}.</p>
  return (
    <Button look="solid" size="own" className={`rounded-2 px-3 ${BIG}`} disabled={busy} onClick={press}>
      {pointed && <PointerNumber number={1} inverse />}
      {step ? buttonWords(step.acts.map((act) => act.step)) : 'Show what happened'}
    </Button>
  )
}

/** The last page, once it is known what happened. */
const Happened = ({ lesson }: { lesson: Lesson }) => (
  <Section title="What the brokers did">
    <p className={TEXT} role="status">
      {lesson.happened}
    </p>
    <Button look="solid" size="own" className={`rounded-2 px-3 ${BIG}`} onClick={showLessonList}>
      Another lesson
    </Button>
  </Section>
)

/** What this step is about, and the one button that does it. */
export function DoNow(props: DoNowProps) {
  const { lesson, step, state, busy, problem } = props
  if (step === undefined && state.phase === 'revealed') return <Happened lesson={lesson} />
  const words = step
    ? [...step.says, ...(step.says.length > 0 ? [] : [stepsWords(step.acts.map((act) => act.step))])]
    : ['All steps are done. It shows what happened as soon as the brokers have done all of it.']
  return (
    <Section title="Do this now">
      <p className={TEXT}>{words.join(' ')}</p>
      <Permitted command="lesson:move">
        <StepButton {...props} />
      </Permitted>
      {busy && (
        <p className="mt-2 text-ink-2 text-xs" role="status">
          The brokers are at it.
        </p>
      )}
      {problem && <Refusal className="mt-2">{problem}</Refusal>}
    </Section>
  )
}
