import { Tag } from '../ui/tag.tsx'
import { Card, CardBody, CardText, CardTitle } from './card.tsx'
import type { Member, PhoneModel } from './phone-model.ts'
import { idleTitle } from './words.ts'

/** Of those that wait, so many are named; the rest are counted. */
const IDLE_SHOWN_MAX = 3

interface Row {
  partition: number | null
  consumer: string
}

/** Who reads which partition, then who waits: the person's own consumer is always among those named. */
function rowsOf(members: readonly Member[], me: string): { rows: Row[]; more: number } {
  const owned = members
    .flatMap(({ consumer, partitions }) => partitions.map((partition) => ({ partition, consumer })))
    .sort((a, b) => a.partition - b.partition)
  const idle = members.filter(({ partitions }) => partitions.length === 0).map(({ consumer }) => consumer)
  const named = idle.filter((name) => name !== me).slice(0, IDLE_SHOWN_MAX)
  if (idle.includes(me)) named.push(me)
  const rows = [...owned, ...named.map((consumer) => ({ partition: null, consumer }))]
  return { rows, more: idle.length - named.length }
}

/** A reader that has no partition: why, who has them, and when that changes. Null where it has one, or nobody knows. */
export function GroupCard({ model, label, noun }: { model: PhoneModel; label: string; noun: string }) {
  const { seat, assignment } = model
  if (seat === null || assignment === null || assignment.phase !== 'stable') return null
  const { members } = assignment
  const mine = members.find(({ consumer }) => consumer === seat.name)
  if (mine === undefined || mine.partitions.length > 0) return null
  const partitions = members.reduce((sum, one) => sum + one.partitions.length, 0)
  const [count, wait] = idleTitle(partitions, members.length, noun)
  const { rows, more } = rowsOf(members, seat.name)
  return (
    <Card label="Your seat">
      <CardBody>
        <CardTitle>
          {count}
          <br />
          {wait}
        </CardTitle>
        <CardText>
          In a group, one {noun} per partition. If an owner leaves, {label} deals the partitions again.
        </CardText>
        <ul
          aria-label={seat.group === undefined ? 'Partitions' : `Partitions of group ${seat.group}`}
          className="mt-3"
        >
          {rows.map((row) => (
            <PartitionRow key={`${row.partition} ${row.consumer}`} row={row} model={model} me={seat.name} />
          ))}
        </ul>
        {more > 0 && <CardText>{more} more wait as well.</CardText>}
      </CardBody>
    </Card>
  )
}

function PartitionRow({ row, model, me }: { row: Row; model: PhoneModel; me: string }) {
  const { partition, consumer } = row
  const isMe = consumer === me
  const lit = partition !== null && (model.newest?.at.includes(consumer) ?? false)
  const number = lit && model.newest ? model.contentOf(model.newest.messageId)?.number : undefined
  return (
    <li
      className={`grid h-9 grid-cols-[40px_24px_24px_minmax(0,1fr)_auto] items-center gap-x-2 whitespace-nowrap border-t text-[15px] leading-[20px] ${isMe ? '-mx-4 bg-hover px-4 font-strong' : ''}`}
    >
      <code className="font-strong text-hue">{partition === null ? '' : `p${partition}`}</code>
      <i className={partition === null ? 'border-line-control border-t-2 border-dotted' : 'h-0.5 bg-hue'} />
      <i
        className={`size-5 rounded-[50%] border-2 ${partition === null ? 'border-line-control' : lit ? 'border-on-signal bg-signal' : 'border-hue bg-hue-tint'}`}
      />
      <span className="truncate">
        {consumer}
        {isMe && ', you'}
      </span>
      <span className="font-text text-ink-2">
        {partition === null ? (
          'idle'
        ) : lit ? (
          <Tag number={number ?? null} look="traced" className="text-[13px]" />
        ) : (
          `owns p${partition}`
        )}
      </span>
    </li>
  )
}
