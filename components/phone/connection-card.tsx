import { useState } from 'react'
import type { Consumer } from '#lib/protocol/room.ts'
import { useTick } from '../ui/use-tick.ts'
import { errorWords } from '../words/errors.ts'
import { Act, Card, CardBody, CardText, CardTitle } from './card.tsx'
import { connectionWords } from './connection-words.ts'
import type { PhoneConnection } from './phone-connection.ts'
import type { PhoneMode, PhoneSystem } from './systems.ts'

const SECOND_MS = 1_000

interface ConnectionProps {
  connection: PhoneConnection
  seat: Consumer
  system: PhoneSystem
  modeProfile: PhoneMode
}

/** Says why nothing reaches the consumer, where something is wrong with its connection or its broker. */
export function ConnectionCard({ connection, seat, system, modeProfile }: ConnectionProps) {
  const { brokers, part } = connection.model
  const isPart = part !== null
  const broker = brokers.get(system.id)
  const words = connectionWords({ seat, broker, label: system.label, isPart })
  if (words === null) {
    return seat.state === 'crashed' ? (
      <Crashed connection={connection} seat={seat} system={system} modeProfile={modeProfile} />
    ) : null
  }
  return (
    <Card label="Your connection">
      <CardBody>
        <CardTitle>{words.title}</CardTitle>
        <CardText>{words.text}</CardText>
        {words.said !== null && (
          <CardText>
            The last answer: <code className="wrap-anywhere">{words.said}</code>
          </CardText>
        )}
        {seat.state === 'detached' && !isPart && (
          <ConnectAgain connection={connection} system={system} means="Take your place again." />
        )}
      </CardBody>
    </Card>
  )
}

function Crashed({ connection, seat, system, modeProfile }: ConnectionProps) {
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
            : noticed(modeProfile, system.label)}
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
function noticed(modeProfile: PhoneMode, label: string): string {
  if (modeProfile.can.settle && modeProfile.unackedAfterCrash === 'pending') {
    return `${label} noticed. What you held stays yours until another takes it over.`
  }
  if (modeProfile.can.settle && modeProfile.can.keepsForAbsent)
    return `${label} noticed. What you held went back to the queue.`
  if (modeProfile.can.keepsForAbsent) return `${label} noticed. What is sent now waits in the log.`
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
