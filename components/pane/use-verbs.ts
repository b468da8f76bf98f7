'use client'

import { useMemo, useState } from 'react'
import type { CommandArguments, ConsumerCommand } from '#lib/protocol/command-schemas.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { errorWords } from '../words/errors.ts'

export interface Verbs {
  /** What went wrong, in words, until the next one or until it is put away. */
  problem: string
  forget(): void
  /** Answers whether it worked. */
  run(command: ConsumerCommand, given?: CommandArguments): Promise<boolean>
  remove(): Promise<void>
  /** Changes settings of it while it is at work. */
  update(settings: Settings): Promise<void>
}

/** Sends verbs to one consumer and keeps what went wrong. */
export function useVerbs(lane: LaneRef, consumerId: string): Verbs {
  const feed = useFeed()
  const [problem, setProblem] = useState('')
  const { label } = lane.manifest
  const acts = useMemo(() => {
    const report = (reply: { ok: true } | Failure): boolean => {
      setProblem(reply.ok ? '' : errorWords(reply.code, { label, ...reply }))
      return reply.ok
    }
    return {
      forget: () => setProblem(''),
      run: async (command: ConsumerCommand, given: CommandArguments = {}) =>
        report(await feed.command('consumer:command', { consumer: consumerId, command, ...given })),
      update: async (settings: Settings) =>
        void report(await feed.command('consumer:update', { consumer: consumerId, settings })),
      remove: async () => void report(await feed.command('consumer:remove', { consumer: consumerId })),
    }
  }, [feed, label, consumerId])
  return { problem, ...acts }
}
