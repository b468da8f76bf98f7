'use client'

import { useState } from 'react'
import type { Destination } from '#lib/protocol/room.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { errorWords } from '../words/errors.ts'
import { goneWords } from '../words/modes.ts'

/** Somebody deleted the destination on its broker: says so, and makes it again with one click. */
export function GoneCard({ lane, destination }: { lane: LaneRef; destination: Destination }) {
  const feed = useFeed()
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const { manifest, modeManifest } = lane
  const words = goneWords(modeManifest.noun, destination, manifest.label)

  async function makeAgain() {
    setBusy(true)
    const reply = await feed.command('destination:declare', { destination: destination.id })
    setBusy(false)
    if (!reply.ok) setProblem(errorWords(reply.code, { label: manifest.label, ...reply }))
  }

  return (
    <div
      className="flex flex-none flex-wrap items-center gap-x-6 gap-y-2 border-b bg-surface px-4 py-3"
      data-part="gone"
      data-system={manifest.id}
    >
      <div className="min-w-0 flex-[1_1_320px]" role="alert">
        <h3 className="font-strong text-lg tracking-tight">{words.title}</h3>
        <p className="text-ink-2 text-sm [overflow-wrap:anywhere]">{words.body}</p>
        {problem && <Refusal>{problem}</Refusal>}
      </div>
      <Button look="solid" className="recorded:hidden" disabled={busy} onClick={() => void makeAgain()}>
        {busy ? 'Making it again' : `Make ${destination.name} again`}
      </Button>
    </div>
  )
}
