import { useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { ConsumerCommand } from '#lib/protocol/command-schemas.ts'
import { mayRun } from '../access/may.ts'
import { errorWords } from '../words/errors.ts'
import { AWAY_TEXT } from '../words/guide.ts'
import { listed } from '../words/sentence.ts'
import { guideFacts, labelOf } from './guide-facts.ts'
import { FIRST_TEXT, sendFirstWords, sendToLanes } from './opening.ts'
import type { Target } from './pointers.tsx'
import { type GuideStep, type Someone, whomToCrash, whomToPause } from './steps.ts'

/** Answers in words what went wrong; empty when nothing did. */
type Attempt = () => Promise<string>

/** What the step's button does. `run` is null where nobody here can do it: then the step is passed over. */
interface StepAction {
  label: string
  run: Attempt | null
  /** Why the person of this page may not do it; the step is passed over then. */
  why?: string | undefined
  /** The button on the desk that does the same. */
  target?: Target
}

async function order(feed: Feed, who: Someone, command: ConsumerCommand): Promise<string> {
  const reply = await feed.command('consumer:command', { consumer: who.id, command })
  return reply.ok ? '' : errorWords(reply.code, { ...reply, label: labelOf(who.system) })
}

const PASS_OVER: StepAction = { label: 'Go on', run: null }

function consumerAction(
  feed: Feed,
  who: Someone | null,
  part: 'crash' | 'pause',
  label: (who: Someone) => string,
): StepAction {
  if (!who) return PASS_OVER
  const { allowed, why } = mayRun(feed, 'consumer:command', feed.views.pane(who.id)?.consumer)
  if (!allowed) return { ...PASS_OVER, why }
  return {
    label: label(who),
    run: () => order(feed, who, part),
    target: { part, system: who.system, consumer: who.name },
  }
}

/** Starts who was crashed and resumes who was paused, if they are still away. */
function bringBack(feed: Feed, step: Extract<GuideStep, { id: 'bring-back' }>): StepAction {
  const { consumers } = guideFacts(feed)
  const stateOf = (who: Someone) => consumers.find(({ id }) => id === who.id)?.state
  const crashed = step.crashed && stateOf(step.crashed) === 'crashed' ? step.crashed : null
  const paused = step.paused && stateOf(step.paused) === 'paused' ? step.paused : null
  const away = [crashed, paused].filter((who) => who !== null)
  if (away.length === 0) return PASS_OVER
  return {
    label: `Bring ${listed(away.map(({ name }) => name))} back`,
    run: async () => {
      const problems = await Promise.all([
        crashed ? order(feed, crashed, 'start') : '',
        paused ? order(feed, paused, 'resume') : '',
      ])
      return problems.filter(Boolean).join(' ')
    },
  }
}

function actionOf(step: GuideStep, feed: Feed): StepAction {
  switch (step.id) {
    case 'send':
      return { label: sendFirstWords(feed), run: () => sendToLanes(feed, FIRST_TEXT) }
    case 'crash':
      return consumerAction(feed, whomToCrash(guideFacts(feed)), 'crash', ({ name, got }) =>
        got ? `Crash ${name}, who got it` : `Crash ${name}`,
      )
    case 'pause':
      return consumerAction(
        feed,
        whomToPause(guideFacts(feed), step.crashed),
        'pause',
        ({ name }) => `Pause ${name}`,
      )
    case 'send-away':
      return {
        label: step.crashed && step.paused ? 'Send while they are away' : 'Send while it is away',
        run: () => sendToLanes(feed, AWAY_TEXT),
      }
    case 'bring-back':
      return bringBack(feed, step)
    case 'end':
      return { label: 'Done', run: null }
  }
}

/** A step's button, and what went wrong when it was pressed last, until it is pressed again. */
export function useStepAction(step: GuideStep, feed: Feed) {
  const [problem, setProblem] = useState('')
  const action = actionOf(step, feed)
  const { run } = action
  return {
    ...action,
    problem,
    run:
      run &&
      (() => {
        setProblem('')
        void run().then(setProblem)
      }),
  }
}
