'use client'

import { useRef } from 'react'
import { type ScreenStep, screenSteps } from '#lib/lessons/screen-steps.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import type { Replay } from '#lib/recording/replay.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { lessonAddress } from '../start-here/open-lesson-room.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { stepsWords } from '../words/lessons.ts'
import { useAnswer } from './answer.ts'
import { useLesson } from './lesson-data.ts'
import { LessonHead } from './lesson-head.tsx'
import { OutcomeTable } from './outcome-table.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { Question } from './question.tsx'
import { Section } from './section.tsx'
import { useLessonKeys } from './use-lesson-keys.ts'
import { Why } from './why.tsx'

const BIG = 'mt-3 w-full min-h-11 gap-2.5 rounded-2 px-3 py-1.5 fs-lg whitespace-normal'
const TEXT = 'fs-lg tracking-tight'

interface CourseProps {
  replay: Replay
  lesson: Lesson
  state: RoomLesson
}

const wordsOf = (step: ScreenStep | undefined): string => {
  if (step === undefined) return 'All steps are done.'
  return step.says.length > 0 ? step.says.join(' ') : stepsWords(step.acts.map((act) => act.step))
}

/** What the next step is about, with the button that plays it; at the end what the brokers did then. */
function StepToPlay({ replay, lesson, state, step }: CourseProps & { step: ScreenStep | undefined }) {
  const playing = useSlice(() => replay.playing)
  if (state.phase === 'revealed') {
    return (
      <Section title="What the brokers did">
        <p className={TEXT} role="status">
          {lesson.happened}
        </p>
        <ButtonLink look="solid" size="own" className={BIG} href={lessonAddress(state.name)}>
          Do it yourself, on real brokers
        </ButtonLink>
      </Section>
    )
  }
  return (
    <Section title="The next step">
      <p className={TEXT}>{wordsOf(step)}</p>
      <Button look="solid" size="own" className={BIG} disabled={playing} onClick={replay.play}>
        <Icon name="play" /> {playing ? 'Playing' : 'Play this step'}
      </Button>
    </Section>
  )
}

/** Back and Next go to where a step begins; the buttons change nothing but what is shown. */
function courseOf(replay: Replay, position: number) {
  const first = replay.stops[0] ?? 0
  return {
    first,
    back: () => replay.seek(replay.stops.findLast((stop) => stop < position) ?? first),
    next: () => replay.seek(replay.stops.find((stop) => stop > position) ?? replay.length),
    repeat: () => replay.seek(first),
    press: replay.play,
  }
}

function RecordedCourse({ replay, lesson, state }: CourseProps) {
  const panel = useRef<HTMLElement>(null)
  const steps = screenSteps(lesson)
  const position = useSlice(() => replay.position)
  const [answer, setAnswer] = useAnswer(state.run)
  const choose = (choice: number) => {
    if (state.phase === 'question' && choice < lesson.question.choices.length) setAnswer(choice)
  }
  const course = courseOf(replay, position)
  useLessonKeys(panel, { ...course, answer: choose })
  return (
    <PanelFrame label={`Lesson: ${state.title}`} panel={panel}>
      <LessonHead state={state} />
      <div className="flex min-h-0 flex-1 flex-col overflow-auto overscroll-contain">
        <StepToPlay replay={replay} lesson={lesson} state={state} step={steps[state.done]} />
        <Question question={lesson.question} phase={state.phase} answer={answer} onAnswer={choose} />
        <OutcomeTable lesson={lesson} steps={steps} state={state} />
        {state.phase === 'revealed' && <Why lesson={lesson} />}
      </div>
      <footer className="grid flex-none grid-cols-[auto_1fr_auto] gap-2 border-t px-5 py-3">
        <Button onClick={course.back} disabled={position <= course.first}>
          <Icon name="left" /> Back
        </Button>
        <Button look="quiet" className="justify-self-center" onClick={course.repeat}>
          <Icon name="rewind" /> Repeat
        </Button>
        <Button onClick={course.next} disabled={position >= replay.length}>
          Next <Icon name="right" />
        </Button>
      </footer>
    </PanelFrame>
  )
}

/**
 * The lesson that goes on at this moment of a recording, read only: its question before the step that answers it, then what was
 * expected beside what was seen, and why. The lesson itself comes from the server, which needs no broker for that.
 */
export function RecordedLesson({ replay, state }: { replay: Replay; state: RoomLesson }) {
  const { lesson, problem } = useLesson(state.name)
  if (lesson) return <RecordedCourse key={state.run} replay={replay} lesson={lesson} state={state} />
  return (
    <PanelFrame label={`Lesson: ${state.title}`}>
      <LessonHead state={state} />
      {problem && <Refusal className="px-5 py-3">{problem}</Refusal>}
    </PanelFrame>
  )
}

/** The lesson at this moment; renders again when it changes. */
export function useLessonNow(): RoomLesson | null {
  useSlice(({ views }) => JSON.stringify(views.lesson))
  return useFeed().views.lesson
}
