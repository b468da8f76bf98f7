import type { DeliveryView } from '#lib/ledger/model/views.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { Icon } from '../ui/icon.tsx'
import { positionWord } from '../words/positions.ts'

function StateBadge({ delivery }: { delivery: DeliveryView }) {
  switch (delivery.state) {
    case 'in-hand':
      return (
        <span className="badge wait">
          <Icon name="clock" />
          in hand
        </span>
      )
    case 'acknowledged':
      return (
        <span className="badge good">
          <Icon name="check" />
          acked
        </span>
      )
    case 'committed':
      return (
        <span className="badge good" title="covered by a commit">
          <Icon name="check" />
          <span className="wide-word">committed</span>
        </span>
      )
    case 'requeued':
      return (
        <span className="badge redo">
          <Icon name="redo" />
          went back
        </span>
      )
    case 'rejected':
      return (
        <span className="badge bad">
          <Icon name="x" />
          rejected
        </span>
      )
    case 'lost':
      return <span className="badge gone">not finished</span>
    case 'unknown':
      return <span className="badge gone">not known</span>
    case 'received':
    case 'read':
      return null
    default:
      return unreachable(delivery.state)
  }
}

/** A longer position is left out where a pane is narrow. */
const SHORT_CHARS = 10

const againWords = ({ attempt }: DeliveryView) =>
  attempt === null || attempt <= 1 ? 'redelivered' : `try ${attempt}`

interface BadgesProps {
  delivery: DeliveryView
  outside: boolean
  bytes: boolean
}

/** What is to be said of one arrival beside its text: where it lies, where it comes from, and where it stands. */
export function Badges({ delivery, outside, bytes }: BadgesProps) {
  const position = positionWord(delivery.address)
  return (
    <span className="bs">
      {position && (
        <span className={position.length > SHORT_CHARS ? 'badge pos long' : 'badge pos'}>{position}</span>
      )}
      {outside && (
        <span className="badge plain">
          <Icon name="outside" />
          outside
        </span>
      )}
      {bytes && <span className="badge redo">bytes, not UTF-8</span>}
      {delivery.redelivered && (
        <span className="badge redo">
          <Icon name="redo" />
          {againWords(delivery)}
        </span>
      )}
      <StateBadge delivery={delivery} />
    </span>
  )
}
