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
import { type GuideStep, type Someone, type Taking, whomToCrash, whomToTake } from './steps.ts'

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

const firstProblem = async (attempts: ReadonlyArray<Promise<string>>): Promise<string> =>
  (await Promise.all(attempts)).find((words) => words !== '') ?? ''

/** More names than this do not fit a button. */
const NAMES_MAX = 2

/** "Disconnect subscriber-1, pause all of datascience" */
function takingWords(takings: readonly Taking[]): string {
  const namesOf = (by: Taking['by']) =>
    takings.filter((taking) => taking.by === by).map(({ who }) => who.name)
  const [gone, paused] = [namesOf('crash'), namesOf('pause')]
  const all = takings.find(({ by }) => by === 'pause')?.who.destination
  const pausing = `ause ${paused.length > NAMES_MAX ? `all of ${all}` : listed(paused)}`
  if (gone.length === 0) return `P${pausing}`
  return `Disconnect ${listed(gone)}${paused.length === 0 ? '' : `, p${pausing}`}`
}

function consumersAction(feed: Feed, takings: readonly Taking[], label: string): StepAction {
  const [first] = takings
  if (!first) return PASS_OVER
  const rights = takings.map(({ who }) => mayRun(feed, 'consumer:command', feed.views.pane(who.id)?.consumer))
  const forbidden = rights.find(({ allowed }) => !allowed)
  if (forbidden) return { ...PASS_OVER, why: forbidden.why }
  return {
    label,
    run: () => firstProblem(takings.map(({ who, by }) => order(feed, who, by))),
    target: { part: first.by, system: first.who.system, consumer: first.who.name },
  }
}

function crashAction(feed: Feed): StepAction {
  const who = whomToCrash(guideFacts(feed))
  if (!who) return PASS_OVER
  return consumersAction(feed, [{ who, by: 'crash' }], `Crash ${who.name}${who.got ? ', who got it' : ''}`)
}

/** Starts who was crashed and resumes who was paused, as far as they are still away. */
function bringBack(feed: Feed, step: Extract<GuideStep, { id: 'bring-back' }>): StepAction {
  const { consumers } = guideFacts(feed)
  const away = [step.crashed, ...step.others]
    .map((who) => consumers.find(({ id }) => id === who?.id))
    .filter((who) => who?.state === 'crashed' || who?.state === 'paused')
    .filter((who) => who !== undefined)
  if (away.length === 0) return PASS_OVER
  return {
    label: away.length > 2 ? 'Bring all of them back' : `Bring ${listed(away.map(({ name }) => name))} back`,
    run: () =>
      firstProblem(away.map((who) => order(feed, who, who.state === 'crashed' ? 'start' : 'resume'))),
  }
}

function actionOf(step: GuideStep, feed: Feed): StepAction {
  switch (step.id) {
    case 'send':
      return { label: sendFirstWords(feed), run: () => sendToLanes(feed, FIRST_TEXT) }
    case 'crash':
      return crashAction(feed)
    case 'take-away': {
      const takings = whomToTake(guideFacts(feed), step.crashed)
      return consumersAction(feed, takings, takingWords(takings))
    }
    case 'send-away':
      return {
        label:
          step.others.length + (step.crashed ? 1 : 0) > 1
            ? 'Send while they are away'
            : 'Send while it is away',
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
