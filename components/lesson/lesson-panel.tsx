'use client'

import { useRef, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { type ScreenStep, screenSteps } from '#lib/lessons/screen-steps.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { useMay } from '../access/use-may.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { Pointers, useFrames } from '../guide/pointers.tsx'
import { usePanel } from '../start-here/lesson-panel-state.ts'
import { Refusal } from '../ui/box-text.tsx'
import { useAnswer } from './answer.ts'
import { AskRoom } from './ask-room.tsx'
import { DoNow } from './do-now.tsx'
import { useRoomLesson } from './lesson-data.ts'
import { LessonFoot } from './lesson-foot.tsx'
import { LessonHead } from './lesson-head.tsx'
import { LessonList } from './lesson-list.tsx'
import { beginLesson, moveLesson, runScreenStep } from './lesson-run.ts'
import { OutcomeTable } from './outcome-table.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { Question } from './question.tsx'
import { stepTargets } from './step-targets.ts'
import { useLessonKeys } from './use-lesson-keys.ts'
import { Why } from './why.tsx'

/** One thing at a time: what is going on, and what went wrong with what was tried last. */
function useAttempt() {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  /** `why`: the reason why this person may not. */
  const attempt = (work: () => Promise<void>, why?: string) => {
    if (busy) return
    if (why !== undefined) return setProblem(why)
    setBusy(true)
    setProblem('')
    work()
      .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false))
  }
  return { busy, problem, attempt }
}

interface CourseProps {
  feed: Feed
  lesson: Lesson
  state: RoomLesson
}

/** What can be done with the lesson now. Beginning anew empties the room, and is asked for twice while others are there. */
function useCourse({ feed, lesson, state }: CourseProps, steps: readonly ScreenStep[]) {
  const { busy, problem, attempt } = useAttempt()
  const [asksAgain, setAsksAgain] = useState(false)
  const { run, step, done } = state
  const mayMove = useMay('lesson:move')
  const mayOpen = useMay('lesson:open')
  const move = (to: number) =>
    attempt(() => moveLesson(feed, { run, step: Math.max(0, Math.min(to, steps.length)) }), mayMove.why)
  const repeat = () => {
    const needsAsking =
      mayOpen.allowed && done > 0 && feed.views.people.length > 1 && state.phase !== 'revealed'
    if (needsAsking && !asksAgain) return setAsksAgain(true)
    setAsksAgain(false)
    attempt(() => beginLesson(feed, {}), mayOpen.why)
  }
  return {
    ...{ busy, problem, asksAgain, repeat },
    next: () => move(step + 1),
    back: () => move(step - 1),
    /** Only the step that comes next can be done, and, after the last, what happened be shown. */
    press: () => {
      if (step !== done || state.phase === 'revealed') return
      attempt(() => runScreenStep(feed, lesson, state, step), mayMove.why)
    },
  }
}

function Course(props: CourseProps) {
  const { lesson, state } = props
  const panel = useRef<HTMLElement>(null)
  const steps = screenSteps(lesson)
  const course = useCourse(props, steps)
  const [answer, setAnswer] = useAnswer(state.run)
  const choose = (choice: number) => {
    if (state.phase === 'question' && choice < lesson.question.choices.length) setAnswer(choice)
  }
  useLessonKeys(panel, { ...course, answer: choose })
  const step = steps[state.step]
  const targets = step && state.step === state.done ? stepTargets(lesson, step) : []
  const frames = useFrames(targets)
  const isRevealed = state.phase === 'revealed'
  return (
    <PanelFrame label={`Lesson: ${state.title}`} panel={panel}>
      <LessonHead state={state} />
      <div className="flex min-h-0 flex-1 flex-col overflow-auto overscroll-contain">
        <DoNow lesson={lesson} step={step} state={state} pointed={targets.length > 0} {...course} />
        <Question question={lesson.question} phase={state.phase} answer={answer} onAnswer={choose}>
          <AskRoom lesson={lesson} state={state} />
        </Question>
        <OutcomeTable lesson={lesson} steps={steps} state={state} />
        {isRevealed && <Why lesson={lesson} />}
      </div>
      <LessonFoot state={state} {...course} />
      <Pointers frames={frames} />
    </PanelFrame>
  )
}

/** The lesson of the room; it is fetched when one begins there. */
function RoomLessonPanel({ state }: { state: RoomLesson }) {
  const feed = useFeed()
  const { lesson, problem } = useRoomLesson(feed, state)
  if (lesson) return <Course key={state.run} feed={feed} lesson={lesson} state={state} />
  return (
    <PanelFrame label={`Lesson: ${state.title}`}>
      <LessonHead state={state} />
      {problem && <Refusal className="px-5 py-3">{problem}</Refusal>}
    </PanelFrame>
  )
}

/** The panel at the right: the lesson that goes on in the room, or the list of all. */
export function LessonPanel({ room }: { room: string }) {
  const feed = useFeed()
  useSlice(({ views }) => JSON.stringify(views.lesson))
  const { lesson } = feed.views
  const panel = usePanel(lesson?.run ?? null)
  if (panel === 'list') return <LessonList room={room} />
  if (panel === 'nothing' || lesson === null) return null
  return <RoomLessonPanel state={lesson} />
}
