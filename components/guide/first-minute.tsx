'use client'

import { useEffect, useRef, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { showLessonList } from '../start-here/lesson-panel-state.ts'
import { StartHere } from '../start-here/start-here.tsx'
import { Button } from '../ui/button.tsx'
import { guideFacts } from './guide-facts.ts'
import { type Look, looksFor, OPENING_LOOK } from './looks.ts'
import { type Frame, PointerNumber, Pointers, scrollTo, type Target, useFrames } from './pointers.tsx'
import { useStepAction } from './step-action.ts'
import { advance, firstStep, type GuideStep, pass, STEP_IDS } from './steps.ts'

/** More pointers than this at once are not looked at. */
const POINTERS_MAX = 3

/** Follows the room's facts from step to step. */
function useStep(since: number): [GuideStep, Feed, (step: GuideStep) => void] {
  useSlice((feed) => JSON.stringify(guideFacts(feed)), 'calm')
  const feed = useFeed()
  const [step, setStep] = useState(() => firstStep(since))
  const next = advance(step, guideFacts(feed))
  if (next !== step) setStep(next)
  return [next, feed, setStep]
}

const isPointedAt = (frames: readonly Frame[], number: number): boolean =>
  frames.some((frame) => frame.number === number && frame.isInWindow)

/** What there is to see, with its pointer's number where the view shows it. */
const Looks = ({ looks, frames }: { looks: readonly Look[]; frames: readonly Frame[] }) => (
  <p
    className="flex min-w-0 flex-1 flex-wrap gap-x-5 gap-y-0.5 font-mid text-md max-1600:text-sm max-700:basis-full"
    role="status"
  >
    {looks.map(({ words, target }, index) => (
      <span key={words} className="min-w-48 flex-1">
        {target && isPointedAt(frames, index + 1) && <PointerNumber number={index + 1} />} {words}
        {target ? '.' : ''}
      </span>
    ))}
  </p>
)

/** How far it has come, for the eye; its words are beside it. */
const Progress = ({ step }: { step: GuideStep }) => {
  const at = step.id === 'end' ? STEP_IDS.length : STEP_IDS.indexOf(step.id)
  return (
    <span className="inline-flex flex-none items-center gap-1 max-1440:hidden">
      <span className="vh">{`${at} of ${STEP_IDS.length} done`}</span>
      {STEP_IDS.map((id, place) => (
        <i key={id} className={`h-1 w-5 rounded-full ${place < at ? 'bg-ink-2' : 'bg-line-strong'}`} />
      ))}
    </span>
  )
}

interface ShowItProps {
  targets: readonly Target[]
  frames: readonly Frame[]
  onShowPanes(): void
}

/** The way to what is spoken of and not in sight: further down, or in the view that has everything. */
function ShowIt({ targets, frames, onShowPanes }: ShowItProps) {
  const unseen = targets.findIndex((_, index) => !isPointedAt(frames, index + 1))
  const target = targets[unseen]
  if (!target) return null
  const isHere = frames.some(({ number }) => number === unseen + 1)
  return (
    <Button size="sm" onClick={isHere ? () => scrollTo(target) : onShowPanes}>
      {isHere ? 'Show it' : 'See it in Panes'}
    </Button>
  )
}

interface FirstMinuteProps {
  since: number
  onShowPanes(): void
  onEnd(): void
}

/** The button that began takes the focus with it when it goes: this one, in its place, takes it over. */
function useFocusTakenOver() {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (document.activeElement === document.body) button.current?.focus({ preventScroll: true })
  }, [])
  return button
}

/** The five steps of the first minute: what there is to see, numbered where it is, and the next thing to do. */
export function FirstMinute({ since, onShowPanes, onEnd }: FirstMinuteProps) {
  const [step, feed, setStep] = useStep(since)
  const button = useFocusTakenOver()
  const action = useStepAction(step, feed)
  const looks = step.id === 'send' ? OPENING_LOOK : looksFor(step, feed)
  const pointed = looks.flatMap(({ target }) => (target ? [target] : []))
  const controls = pointed.length < POINTERS_MAX && action.target ? [action.target] : []
  const frames = useFrames([...pointed, ...controls])
  const isOver = step.id === 'end'
  return (
    <>
      <Progress step={step} />
      <Looks looks={looks} frames={frames} />
      <ShowIt targets={pointed} frames={frames} onShowPanes={onShowPanes} />
      {action.problem && (
        <span role="alert" className="text-bad text-xs">
          {action.problem}
        </span>
      )}
      {action.why && <span className="text-ink-2 text-xs">{action.why}.</span>}
      <Button
        ref={button}
        look="solid"
        size="sm"
        onClick={() => {
          if (isOver) onEnd()
          else if (action.run) action.run()
          else setStep(pass(step, guideFacts(feed)))
        }}
      >
        {isPointedAt(frames, pointed.length + 1) && <PointerNumber number={pointed.length + 1} inverse />}
        {action.label}
      </Button>
      {isOver && <StartHere onAll={showLessonList} />}
      {!isOver && (
        <Button look="quiet" size="sm" onClick={onEnd}>
          Skip
        </Button>
      )}
      <Pointers frames={frames} />
    </>
  )
}
