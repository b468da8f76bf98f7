'use client'

import { useState } from 'react'
import type { SystemProfile } from '#lib/brokers/contract.ts'
import type { BrokerFault } from '#lib/protocol/faults.ts'
import { Permitted } from '../access/permitted.tsx'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button, type ButtonStyle } from '../ui/button.tsx'
import { notOursWords } from '../words/faults.ts'
import { useFault } from './use-fault.ts'

interface Step {
  fault: BrokerFault
  words: string
  means: string
  look?: ButtonStyle['look']
}

const pause: Step = {
  fault: 'pause',
  words: 'Pause',
  means: 'Its processes stop as they are. Connections stay open, and nothing answers until you resume it.',
}
const resume: Step = { fault: 'resume', words: 'Resume', means: 'It goes on as if nothing had been.' }
const kill = ({ whenKilled }: SystemProfile): Step => ({
  fault: 'kill',
  words: 'Kill',
  look: 'danger',
  means: `It ends without a goodbye and stays down until you restart it. ${whenKilled}`,
})
const restart: Step = { fault: 'restart', words: 'Restart', means: 'On the same port, with its data.' }

function stepsFor(manifest: SystemProfile, stands: 'paused' | 'killed' | undefined): Step[] {
  if (stands === 'killed') return [restart]
  return stands === 'paused' ? [resume, kill(manifest)] : [pause, kill(manifest)]
}

/** What can be done to a broker on purpose, with its consequence; greyed, with the reason, where it is not ours. */
export function BrokerFaults({ manifest }: { manifest: SystemProfile }) {
  const feed = useFeed()
  const { id, label } = manifest
  useSlice(({ views }) => JSON.stringify(views.broker(id)?.faults))
  const others = useSlice(({ views }) => views.people.length) - 1
  const { may = false, reason, now } = feed.views.broker(id)?.faults ?? {}
  const fault = useFault(label)
  const [asks, setAsks] = useState(false)
  const make = async (what: BrokerFault) => {
    if (what === 'kill' && others > 0 && !asks) return setAsks(true)
    setAsks(false)
    await fault.make(() => feed.command('broker:fault', { system: id, fault: what }))
  }
  return (
    <>
      <BoxTitle>Faults on {label}</BoxTitle>
      {!may && <Hint role="status">{notOursWords(reason, label)}</Hint>}
      <Permitted command="broker:fault">
        {stepsFor(manifest, now).map(({ fault: what, words, means, look }) => (
          <div key={what} className="grid justify-items-start gap-1">
            <Button size="sm" look={look} disabled={!may || fault.isBusy} onClick={() => void make(what)}>
              {words} {label}
            </Button>
            <Hint>{means}</Hint>
          </div>
        ))}
        {asks && (
          <div className="grid justify-items-start gap-2 border-t pt-3">
            <Refusal>
              {others === 1 ? 'Somebody else is' : `${others} others are`} in this room, and every room loses{' '}
              {label}.
            </Refusal>
            <Button size="sm" look="danger" onClick={() => void make('kill')}>
              Kill it all the same
            </Button>
          </div>
        )}
      </Permitted>
      {fault.refused !== '' && <Refusal>{fault.refused}</Refusal>}
    </>
  )
}
