'use client'

import { useState } from 'react'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { errorWords } from '../words/errors.ts'
import { LANE_ACTION } from './lane-action.ts'

/** Enough to see how a broker shares them out, few enough to read. */
export const BURST_SIZE = 10

/** Ten messages in a row to one broker: how it shares them out shows at a glance. */
export function BurstButton({ lane }: { lane: LaneRef }) {
  const feed = useFeed()
  const [problem, setProblem] = useState('')
  const { id: system, label } = lane.manifest

  async function burst() {
    const sends = Array.from({ length: BURST_SIZE }, (_, index) =>
      feed.send({
        to: [{ system, destination: lane.destination }],
        text: `Burst ${index + 1} of ${BURST_SIZE}`,
      }),
    )
    const results = await Promise.all(sends)
    const refused = results.flatMap((result) => result.refused)[0]
    setProblem(refused ? errorWords(refused.code, { label, ...refused }) : '')
  }

  return (
    <>
      <Button
        {...LANE_ACTION}
        aria-label={`Send a burst of ${BURST_SIZE} to ${label}`}
        onClick={() => void burst()}
      >
        Burst of {BURST_SIZE}
      </Button>
      {problem && <Refusal as="span">{problem}</Refusal>}
    </>
  )
}
