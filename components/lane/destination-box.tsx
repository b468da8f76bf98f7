'use client'

import { useState } from 'react'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { Destination } from '#lib/protocol/room.ts'
import { Permitted } from '../access/permitted.tsx'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { laneChoice } from '../feed/lane-choice.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Icon, ModeMark } from '../ui/icon.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { MODE_LABEL } from '../ui/look.ts'
import { Popover } from '../ui/popover.tsx'
import { errorWords } from '../words/errors.ts'
import { removeWords } from '../words/modes.ts'
import { DestinationAdd } from './destination-add.tsx'
import { DestinationSettings } from './destination-settings.tsx'
import { useHoldings } from './holdings.ts'
import type { ModeChoice } from './use-mode-choice.ts'

const ofSystem = (there: readonly Destination[], system: string) =>
  there.filter((destination) => destination.system === system)

interface ConfirmProps {
  lane: LaneRef
  destination: Destination
  onDone(): void
}

/** Asks once, because what the broker holds is gone with it. */
function ConfirmRemoval({ lane, destination, onDone }: ConfirmProps) {
  const feed = useFeed()
  const [problem, setProblem] = useState('')
  const [removing, setRemoving] = useState(false)
  const noun = modeAt(lane.manifest, destination)?.noun ?? 'destination'

  async function remove() {
    setRemoving(true)
    const reply = await feed.command('destination:remove', { destination: destination.id })
    setRemoving(false)
    if (reply.ok) onDone()
    else setProblem(errorWords(reply.code, { label: lane.manifest.label, ...reply }))
  }

  return (
    <div className="mx-2 grid gap-2 rounded-2 border border-bad-line px-3 py-2 text-sm" data-part="confirm">
      <p>{removeWords(noun, destination)}</p>
      {problem && <Refusal>{problem}</Refusal>}
      <div className="flex items-center gap-2">
        <Button look="danger" size="sm" disabled={removing} onClick={() => void remove()}>
          {removing ? 'Removing' : `Remove ${destination.name}`}
        </Button>
        <Button look="quiet" size="sm" onClick={onDone}>
          Keep it
        </Button>
      </div>
    </div>
  )
}

interface ListProps {
  lane: LaneRef
  onShow(name: string): void
}

function DestinationList({ lane, onShow }: ListProps) {
  useSlice(({ views }) =>
    ofSystem(views.destinations, lane.manifest.id)
      .map(({ id, mode, state }) => `${id} ${mode} ${state}`)
      .join('|'),
  )
  const { views } = useFeed()
  const [leaving, setLeaving] = useState<string | null>(null)
  const held = useHoldings(lane.manifest.id)
  const holdings = new Map(held.map(({ destination, words }) => [destination, words]))
  return (
    <ul className="-mx-2 grid gap-0.5" aria-label={`Destinations on ${lane.manifest.label}`}>
      {ofSystem(views.destinations, lane.manifest.id).map((destination) => (
        <li key={destination.id} className="grid gap-1">
          <div className="flex items-center">
            <button
              type="button"
              className="group/pick flex min-h-control min-w-0 flex-1 items-center gap-2 rounded-1 px-2 hover:bg-hover aria-[current=true]:bg-hover"
              aria-current={destination.name === lane.destination}
              onClick={() => onShow(destination.name)}
            >
              <ModeMark mode={destination.mode} className="text-hue" />
              <b className="mono min-w-0 text-left font-text [overflow-wrap:anywhere] group-aria-[current=true]/pick:font-strong">
                {destination.name}
              </b>
              <span className="ml-auto text-right text-ink-3 fs-xs">
                {holdings.get(destination.name) && (
                  <b className="font-strong text-ink">{holdings.get(destination.name)} </b>
                )}
                {MODE_LABEL[destination.mode]}
              </span>
            </button>
            {!destination.stays && leaving !== destination.id && (
              <Permitted command="destination:remove">
                <IconButton
                  icon="x"
                  look="quiet"
                  size="sm"
                  label={`Remove ${destination.name}`}
                  title={`Remove ${destination.name}`}
                  onClick={() => setLeaving(destination.id)}
                />
              </Permitted>
            )}
          </div>
          {leaving === destination.id && (
            <ConfirmRemoval lane={lane} destination={destination} onDone={() => setLeaving(null)} />
          )}
        </li>
      ))}
    </ul>
  )
}

type Page = 'list' | 'add' | 'settings'

interface BoxProps {
  lane: LaneRef
  choice: ModeChoice
  up: boolean
}

function BoxPages({ lane, choice, up, close }: BoxProps & { close(): void }) {
  const [page, setPage] = useState<Page>('list')
  if (page === 'add') return <DestinationAdd lane={lane} choice={choice} onDone={close} />
  if (page === 'settings') return <DestinationSettings lane={lane} onDone={close} />
  return (
    <>
      <DestinationList
        lane={lane}
        onShow={(name) => {
          laneChoice.choose(lane.manifest.id, name)
          close()
        }}
      />
      <Permitted command="destination:add">
        <div className="flex items-center gap-2">
          <Button size="sm" disabled={!up} onClick={() => setPage('add')}>
            <Icon name="plus" />
            Add a destination
          </Button>
          <Button look="quiet" size="sm" onClick={() => setPage('settings')}>
            Settings of {lane.destination}
          </Button>
        </div>
      </Permitted>
    </>
  )
}

/** Which of the lane's destinations is written to, and the way to further ones. */
export const DestinationBox = (props: BoxProps) => (
  <Popover
    buttonStyle={{
      look: 'inherit',
      size: 'own',
      weight: 'strong',
      className:
        '-mr-1 ml-auto h-tap min-w-0 max-w-full gap-0.5 rounded-1 pr-0.5 pl-1 font-mono tracking-digits fs-sm leading-none max-700:min-h-tap present:rounded-2',
    }}
    className="w-85"
    label={`Destination on ${props.lane.manifest.label}: ${props.lane.destination}`}
    title={`${props.lane.modeManifest.noun} ${props.lane.destination}`}
    align="start"
    button={
      <>
        <span className="min-w-0 whitespace-normal text-right leading-sm [overflow-wrap:anywhere]">
          {props.lane.destination}
        </span>
        <Icon name="down" className="size-3.5" />
      </>
    }
  >
    {(close) => <BoxPages {...props} close={close} />}
  </Popover>
)
