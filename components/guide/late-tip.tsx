'use client'

import { useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { mayRun } from '../access/may.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, laneTraceSignature } from '../feed/lane-ref.ts'
import { addNextConsumer } from '../send/add-next.ts'
import { Button } from '../ui/button.tsx'
import { Forbidden } from '../ui/forbidden.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { errorWords } from '../words/errors.ts'
import { alikeWords, replayWords } from '../words/guide.ts'
import { type Latecomer, type LateLesson, lateLesson } from './late.ts'

const first = (problems: readonly string[]): string => problems.find((words) => words !== '') ?? ''

const addLate = async (feed: Feed, lanes: readonly LaneRef[]): Promise<string> =>
  first(await Promise.all(lanes.map((lane) => addNextConsumer(feed, lane, true))))

async function replay(feed: Feed, { lane, name }: Latecomer): Promise<string> {
  const consumers = feed.views.destination(lane.manifest.id, lane.destination)?.consumers ?? []
  const id = consumers.find((consumer) => consumer.name === name)?.id
  if (id === undefined) return ''
  const seek = { to: 'earliest' } as const
  const reply = await feed.command('consumer:command', { consumer: id, command: 'seek', seek })
  return reply.ok ? '' : errorWords(reply.code, { label: lane.manifest.label, ...reply })
}

/** What the button of a lesson says and does. */
function actionOf(feed: Feed, lanes: readonly LaneRef[], lesson: Exclude<LateLesson, null>) {
  if (lesson.kind === 'alike') {
    const { why } = mayRun(feed, 'consumer:add')
    return { label: 'Add a late one to each', why, run: () => addLate(feed, lanes) }
  }
  const { who } = lesson
  return {
    // To replay for consumers that are not one's own is a presenter's.
    why: mayRun(feed, 'consumer:command').why,
    label: who.length === 1 ? `Replay for ${who[0]?.name}` : 'Replay for them',
    run: async () => first(await Promise.all(who.map((one) => replay(feed, one)))),
  }
}

/** In the line over the lanes, where nothing moves for it: who comes late shows what a fan-out and a log are. */
export function LateTip({ lanes }: { lanes: readonly LaneRef[] }) {
  useSlice((feed) => lanes.map((lane) => laneTraceSignature(feed, lane)).join('\n'), 'calm')
  const feed = useFeed()
  const [put, setPut] = useState<string | null>(null)
  const [problem, setProblem] = useState('')
  const lesson = feed.recorded ? null : lateLesson(feed, lanes)
  if (lesson === null || lesson.kind === put) return null
  const { label, why, run } = actionOf(feed, lanes, lesson)
  const words =
    lesson.kind === 'alike' ? alikeWords(lesson.mode) : replayWords(lesson.who.map(({ name }) => name))
  return (
    <p
      className="absolute right-0 bottom-0 flex h-tap items-center gap-2 text-ink-2 text-sm present:hidden"
      data-part="late-tip"
    >
      <span>{problem || words}</span>
      <Forbidden why={why}>
        <Button size="sm" onClick={() => void run().then(setProblem)}>
          {label}
        </Button>
      </Forbidden>
      <IconButton
        icon="x"
        look="quiet"
        size="sm"
        label="Put this tip away"
        onClick={() => setPut(lesson.kind)}
      />
    </p>
  )
}
