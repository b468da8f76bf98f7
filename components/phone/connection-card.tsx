import { useState } from 'react'
import type { Consumer } from '#lib/protocol/room.ts'
import { useTick } from '../ui/use-tick.ts'
import { errorWords } from '../words/errors.ts'
import { Act, Card, CardBody, CardText, CardTitle } from './card.tsx'
import type { PhoneConnection } from './phone-connection.ts'
import type { PhoneMode, PhoneSystem } from './systems.ts'

const SECOND_MS = 1_000

interface ConnectionProps {
  connection: PhoneConnection
  seat: Consumer
  system: PhoneSystem
  words: PhoneMode
}

/** Says why the consumer is not attached, where it is not. */
export function ConnectionCard({ connection, seat, system, words }: ConnectionProps) {
  if (connection.model.part !== null) return <PartAway seat={seat} system={system} />
  if (seat.state === 'attaching') return <Attaching seat={seat} system={system} />
  if (seat.state === 'crashed')
    return <Gone connection={connection} seat={seat} system={system} words={words} />
  if (seat.state !== 'detached') return null
  return (
    <Card label="Your connection">
      <CardBody>
        <CardTitle>Not connected</CardTitle>
        <CardText>{seat.reason ?? `${system.label} is not connected to you now.`}</CardText>
        <ConnectAgain connection={connection} system={system} means="Take your place again." />
      </CardBody>
    </Card>
  )
}

const isAway = ({ state }: Consumer): boolean => state === 'crashed' || state === 'detached'

/** Whoever plays a part can do nothing about its connection: the lesson does. */
function PartAway({ seat, system }: Pick<ConnectionProps, 'seat' | 'system'>) {
  if (!isAway(seat)) return null
  return (
    <Card label="Your connection">
      <CardBody>
        <CardTitle>
          {seat.state === 'crashed' ? `${seat.name} has crashed` : `${seat.name} is not there`}
        </CardTitle>
        <CardText>
          {seat.state === 'crashed'
            ? `Its connection ended without a goodbye. ${system.label} notices in its own way.`
            : 'It comes, or comes back, when the lesson says so.'}
        </CardText>
      </CardBody>
    </Card>
  )
}

const Attaching = ({ seat, system }: Pick<ConnectionProps, 'seat' | 'system'>) => (
  <Card label="Your connection">
    <CardBody>
      <CardTitle>{seat.reason === 'broker-down' ? `${system.label} is away` : 'Connecting'}</CardTitle>
      <CardText>
        {seat.reason === 'broker-down'
          ? 'Your seat is kept. You are connected as soon as it is back.'
          : (seat.reason ?? `${system.label} is given your name.`)}
      </CardText>
    </CardBody>
  </Card>
)

function Gone({ connection, seat, system, words }: ConnectionProps) {
  const { evictedAt } = seat
  useTick(evictedAt !== undefined)
  const left =
    evictedAt === undefined ? 0 : Math.ceil((evictedAt - Date.now() - connection.skewMs) / SECOND_MS)
  return (
    <Card label="Your connection">
      <CardBody>
        <CardTitle>Your connection is gone</CardTitle>
        <CardText>
          {left > 0
            ? `${system.label} has not noticed yet: ${left} s more, and it gives your place away.`
            : noticed(words, system.label)}
        </CardText>
        <ConnectAgain
          connection={connection}
          system={system}
          means={`As ${seat.name}, with a new connection.`}
        />
      </CardBody>
    </Card>
  )
}

/** What the broker did about it. */
function noticed(words: PhoneMode, label: string): string {
  if (words.can.settle && words.unackedAfterCrash === 'pending') {
    return `${label} noticed. What you held stays yours until another takes it over.`
  }
  if (words.can.settle && words.can.keepsForAbsent)
    return `${label} noticed. What you held went back to the queue.`
  if (words.can.keepsForAbsent) return `${label} noticed. What is sent now waits in the log.`
  return `${label} noticed. What is sent now never reaches you.`
}

function ConnectAgain({
  connection,
  system,
  means,
}: Pick<ConnectionProps, 'connection' | 'system'> & { means: string }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const connect = async () => {
    setBusy(true)
    const failed = await connection.connectAgain()
    setBusy(false)
    setProblem(failed === null ? '' : errorWords(failed.code, { label: system.label }))
  }
  return (
    <div className="mt-3.5 grid grid-cols-2 gap-2">
      <Act
        look="solid"
        icon="redo"
        name="Connect again"
        means={means}
        disabled={busy}
        onClick={() => void connect()}
      />
      {problem !== '' && (
        <p role="alert" className="col-span-2 text-[15px] text-bad leading-[20px]">
          {problem}
        </p>
      )}
    </div>
  )
}
