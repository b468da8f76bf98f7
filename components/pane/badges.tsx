import type { ContentView, DeliveryView } from '#lib/ledger/model/views.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { BADGE_ICON, Badge } from '../ui/badge.tsx'
import { Icon } from '../ui/icon.tsx'
import { bytesWord, outsideWords } from '../words/bodies.ts'
import { POISON_MEANS } from '../words/poison.ts'
import { positionWord } from '../words/positions.ts'

function StateBadge({ delivery }: { delivery: DeliveryView }) {
  switch (delivery.state) {
    case 'in-hand':
      return (
        <Badge look="wait">
          <Icon name="clock" className={BADGE_ICON} />
          unacked
        </Badge>
      )
    case 'acknowledged':
      return (
        <Badge look="good">
          <Icon name="check" className={BADGE_ICON} />
          acked
        </Badge>
      )
    case 'committed':
      return (
        <Badge look="good" title="covered by a commit">
          <Icon name="check" className={BADGE_ICON} />
          <span className="@max-narrow/pane:vh">committed</span>
        </Badge>
      )
    case 'requeued':
      return (
        <Badge look="redo" title={delivery.moved?.reason}>
          <Icon name="redo" className={BADGE_ICON} />
          went back
        </Badge>
      )
    case 'rejected':
      return (
        <Badge look="bad" title={delivery.moved?.reason}>
          <Icon name="x" className={BADGE_ICON} />
          rejected
        </Badge>
      )
    case 'lost':
      return <Badge look="gone">not finished</Badge>
    case 'unknown':
      return <Badge look="gone">not known</Badge>
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
  message: ContentView
  isPoison: boolean
  className: string
}

/** What is to be said of one arrival beside its text: where it lies, where it comes from, and where it stands. */
export function Badges({ delivery, message, isPoison, className }: BadgesProps) {
  const position = positionWord(delivery.address)
  const bytes = bytesWord(message)
  return (
    <span className={className}>
      {position && (
        <Badge look="pos" className={position.length > SHORT_CHARS ? '@max-narrow/pane:hidden' : ''}>
          {position}
        </Badge>
      )}
      {message.outside && (
        <Badge look="plain">
          <Icon name="outside" className={BADGE_ICON} />
          {outsideWords(message.bearsIdOf)}
        </Badge>
      )}
      {bytes !== null && <Badge look="redo">{bytes}</Badge>}
      {isPoison && (
        <Badge look="bad" title={POISON_MEANS}>
          poison
        </Badge>
      )}
      {delivery.redelivered && (
        <Badge look="redo">
          <Icon name="redo" className={BADGE_ICON} />
          {againWords(delivery)}
        </Badge>
      )}
      <StateBadge delivery={delivery} />
    </span>
  )
}
