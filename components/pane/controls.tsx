'use client'

import { useState } from 'react'
import type { ConsumerCommand } from '#lib/protocol/commands.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import { useFeed } from '../feed-context.tsx'
import type { LaneRef } from '../lane/lane-ref.ts'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { errorWords } from '../words/errors.ts'

interface ControlsProps {
  lane: LaneRef
  consumerId: string
  name: string
  state: ConsumerState
}

/** Sends a verb to one consumer and keeps what went wrong, until the next one. */
function useVerbs(lane: LaneRef, consumerId: string) {
  const feed = useFeed()
  const [problem, setProblem] = useState('')
  const settle = (reply: { ok: true } | Failure) =>
    setProblem(reply.ok ? '' : errorWords(reply.code, { label: lane.manifest.label, ...reply }))
  return {
    problem,
    forget: () => setProblem(''),
    run: async (command: ConsumerCommand) =>
      settle(await feed.command('consumer:command', { consumer: consumerId, command })),
    remove: async () => settle(await feed.command('consumer:remove', { consumer: consumerId })),
  }
}

function PauseButton({ name, paused, onPress }: { name: string; paused: boolean; onPress(): void }) {
  return (
    <button
      type="button"
      className="btn ico sm pause"
      aria-label={`Pause ${name}`}
      aria-pressed={paused}
      title={paused ? 'Paused: go on' : 'Pause'}
      onClick={onPress}
    >
      <Icon name={paused ? 'play' : 'pause'} />
    </button>
  )
}

/** What the mode can do to a consumer, and nothing else. */
export function PaneControls({ lane, consumerId, name, state }: ControlsProps) {
  const { can, consumerNoun, noun } = lane.modeManifest
  const verbs = useVerbs(lane, consumerId)
  const isPaused = state === 'paused'
  const isLive = state === 'attached' || isPaused
  return (
    <span className="ctl">
      {verbs.problem && (
        <span className="ctl-problem" role="alert">
          {verbs.problem}
          <button type="button" className="btn sm quiet" onClick={verbs.forget}>
            All right
          </button>
        </span>
      )}
      {state === 'crashed' && (
        <button type="button" className="btn sm again" onClick={() => void verbs.run('start')}>
          <Icon name="play" />
          <span className="word">Start again</span>
          <span className="vh"> {name}</span>
        </button>
      )}
      {isLive && can.pause && (
        <PauseButton
          name={name}
          paused={isPaused}
          onPress={() => void verbs.run(isPaused ? 'resume' : 'pause')}
        />
      )}
      {isLive && can.crash && (
        <button
          type="button"
          className="btn ico sm"
          aria-label={`Crash ${name}`}
          title="Crash: its connection is cut without a goodbye"
          onClick={() => void verbs.run('crash')}
        >
          <Icon name="crash" />
        </button>
      )}
      <Popover
        buttonClass="btn ico sm"
        className="menu"
        label={`More for ${name}`}
        title="More"
        align="end"
        button={<Icon name="more" />}
      >
        {(close) => (
          <>
            {isLive && can.pause && (
              <button
                type="button"
                className="btn sm only-present"
                onClick={() => {
                  close()
                  void verbs.run(isPaused ? 'resume' : 'pause')
                }}
              >
                {isPaused ? 'Resume' : 'Pause'} {name}
              </button>
            )}
            <p className="hint">
              The {consumerNoun} says goodbye to the {noun} and goes.
            </p>
            <button
              type="button"
              className="btn sm danger"
              onClick={() => {
                close()
                void verbs.remove()
              }}
            >
              Remove {name}
            </button>
          </>
        )}
      </Popover>
    </span>
  )
}
