'use client'

import type { PaneView } from '#lib/ledger/model/views.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Hint } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { Popover } from '../ui/popover.tsx'
import { noReplayWords } from '../words/seek.ts'
import { ConsumerSettings } from './consumer-settings.tsx'
import { CONTROL } from './control-look.ts'
import { SeekBox } from './seek-box.tsx'
import { canSlow, nextSpeed, PROCESSING, speedWords } from './speeds.ts'
import type { Verbs } from './use-verbs.ts'

const LineFaults = onDemand(async () => (await import('../fault/line-faults.tsx')).LineFaults)

interface ControlsProps {
  lane: LaneRef
  pane: PaneView
  verbs: Verbs
}

function PauseButton({ name, paused, onPress }: { name: string; paused: boolean; onPress(): void }) {
  return (
    <Button
      {...CONTROL}
      className="@max-tiny/pane:hidden present:hidden"
      aria-label={`Pause ${name}`}
      aria-pressed={paused}
      data-control="pause"
      title={paused ? 'Paused: go on' : 'Pause'}
      onClick={onPress}
    >
      <Icon name={paused ? 'play' : 'pause'} />
    </Button>
  )
}

/** One click makes it slow, the next one slower, the third as fast as before; the button says how slow it is. */
function SlowButton({ pane, verbs }: Omit<ControlsProps, 'lane'>) {
  const { name, settings } = pane.consumer
  const now = Number(settings[PROCESSING] ?? 0)
  const next = nextSpeed(now)
  const isSlow = now > 0
  return (
    <Button
      {...CONTROL}
      className={`w-8.5! px-0! @max-tiny/pane:w-tap! present:hidden ${isSlow ? 'font-strong fs-xs' : ''}`}
      aria-label={isSlow ? `${speedWords(now)}: slow down ${name}` : `Slow down ${name}`}
      aria-pressed={isSlow}
      title={`${isSlow ? `Slow: ${speedWords(now)} a message` : 'As fast as it can'}. A click: ${next.means}`}
      data-control="slow"
      onClick={() => void verbs.update({ [PROCESSING]: next.ms })}
    >
      {isSlow ? speedWords(now) : <Icon name="slow" />}
    </Button>
  )
}

/** A mistake stays until it is read. */
const Problem = ({ verbs }: { verbs: Verbs }) =>
  verbs.problem === '' ? null : (
    <span
      className="absolute top-[calc(100%+4px)] right-0 z-6 w-max max-w-65 whitespace-normal rounded-2 border border-bad-line bg-surface px-3 py-2 text-bad text-xs shadow-2"
      role="alert"
    >
      {verbs.problem}
      <Button look="quiet" size="sm" onClick={verbs.forget}>
        All right
      </Button>
    </span>
  )

interface ReplayProps {
  lane: LaneRef
  pane: PaneView
  /** In the menu it has its word beside it. */
  inMenu?: boolean
}

const Replay = ({ lane, pane, inMenu = false }: ReplayProps) => (
  <Popover
    buttonStyle={
      inMenu
        ? { size: 'sm', className: '@min-narrow/pane:hidden' }
        : { ...CONTROL, className: '@max-narrow/pane:hidden present:hidden' }
    }
    className="w-85"
    label={`Replay for ${pane.consumer.name}`}
    title="Read again, from another place"
    align="end"
    button={
      <>
        <Icon name="rewind" />
        {inMenu && 'Replay'}
      </>
    }
  >
    {() => <SeekBox lane={lane} pane={pane} />}
  </Popover>
)

interface MoreProps extends ControlsProps {
  paused: boolean
  live: boolean
}

/** What is needed seldom, and what there is no such thing of here, with the reason. */
function MoreMenu({ lane, pane, verbs, paused, live }: MoreProps) {
  const { can, consumerNoun, noun, lacks } = lane.modeManifest
  const { id, name, state, fault } = pane.consumer
  return (
    <Popover
      buttonStyle={CONTROL}
      menu
      label={`More for ${name}`}
      title="More"
      align="end"
      button={<Icon name="more" />}
    >
      {(close) => (
        <>
          {live && can.pause && (
            <Button
              size="sm"
              className="not-present:@min-tiny/pane:hidden"
              onClick={() => {
                close()
                void verbs.run(paused ? 'resume' : 'pause')
              }}
            >
              {paused ? 'Resume' : 'Pause'} {name}
            </Button>
          )}
          {live && can.replay && <Replay lane={lane} pane={pane} inMenu />}
          {(state !== 'crashed' || fault) && <LineFaults lane={lane} consumerId={id} name={name} />}
          {live && <ConsumerSettings lane={lane} consumerId={id} name={name} />}
          {!can.replay && (
            <div className="grid justify-items-start gap-1 border-b pb-2">
              <Button size="sm" disabled>
                <Icon name="rewind" />
                Replay
              </Button>
              <Hint>{noReplayWords(lacks.replay, noun)}</Hint>
            </div>
          )}
          <Hint>
            The {consumerNoun} says goodbye to the {noun} and goes.
          </Hint>
          <Button
            look="danger"
            size="sm"
            onClick={() => {
              close()
              void verbs.remove()
            }}
          >
            Remove {name}
          </Button>
        </>
      )}
    </Popover>
  )
}

/** What the mode can do to a consumer, and nothing else. */
export function PaneControls({ lane, pane, verbs }: ControlsProps) {
  const { can } = lane.modeManifest
  const { name, state, role } = pane.consumer
  const paused = state === 'paused'
  const live = state === 'attached' || paused
  return (
    <span
      className="relative ml-auto flex min-w-29.5 flex-none justify-end text-ink-3 @max-tiny/pane:min-w-0 present:min-w-0 recorded:hidden max-700:col-start-3 max-700:row-span-2 max-700:row-start-1"
      role="toolbar"
      aria-label={`Controls of ${name}`}
    >
      <Problem verbs={verbs} />
      {state === 'crashed' && (
        <Button
          look="clear"
          size="sm"
          className="px-2! @max-narrow/pane:w-tap @max-narrow/pane:p-0!"
          onClick={() => void verbs.run('start')}
        >
          <Icon name="play" className="@min-narrow/pane:hidden" />
          <span className="@max-narrow/pane:vh">Start again</span>
          <span className="vh"> {name}</span>
        </Button>
      )}
      {live && can.pause && (
        <PauseButton
          name={name}
          paused={paused}
          onPress={() => void verbs.run(paused ? 'resume' : 'pause')}
        />
      )}
      {live && can.replay && role === undefined && <Replay lane={lane} pane={pane} />}
      {live && canSlow(lane) && <SlowButton pane={pane} verbs={verbs} />}
      {live && can.crash && (
        <Button
          {...CONTROL}
          aria-label={`Crash ${name}`}
          data-control="crash"
          title="Crash: its connection is cut without a goodbye"
          onClick={() => void verbs.run('crash')}
        >
          <Icon name="crash" />
        </Button>
      )}
      <MoreMenu lane={lane} pane={pane} verbs={verbs} paused={paused} live={live} />
    </span>
  )
}
