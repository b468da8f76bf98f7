import type { Mode } from '#lib/protocol/names.ts'
import type { LedgerViews } from '../model/ledger-views.ts'
import type { GhostView, KeptView, VerdictView } from '../model/trace-views.ts'
import type { DeliveryView, LifeView, MessageView } from '../model/views.ts'

/** What one consumer got of one message. */
export type CellView =
  /** Its newest arrival. `dead`: the consumer rejected it, and so it was dead-lettered. */
  | { kind: 'delivery'; delivery: DeliveryView; dead: boolean }
  /** It has none, and why. */
  | { kind: 'ghost'; ghost: GhostView }
  /** A reader of dead letters, for which the message was not meant. */
  | { kind: 'none' }

/** Another destination of the same system that the message went to, and who got it there. */
export interface ElsewhereView {
  destination: string
  /** Null when the room has it no more. */
  mode: Mode | null
  verdict: VerdictView
}

/** One message's row on one destination: a cell for each consumer, in the order given. */
export interface MatrixRowView {
  verdict: VerdictView
  /** The one reason why no consumer could get it; null where there is no such reason. */
  all: GhostView | null
  cells: readonly CellView[]
  /** What the broker still keeps of it; null where it never took it, or has not answered yet. */
  kept: KeptView | null
  /** Where it went instead, when it was not sent to this destination. */
  elsewhere: readonly ElsewhereView[]
}

/** Reasons that apply before any consumer is involved. */
const BEFORE_CONSUMERS: ReadonlySet<GhostView['why']> = new Set([
  'not-sent-here',
  'refused',
  'returned',
  'unheard',
  'uncertain',
  'left-unseen',
  'ended',
])

/**
 * The matrix's row of a message on one destination. Cells of deliveries hold the same objects as long as nothing of
 * theirs changed.
 */
export function matrixRow(
  views: LedgerViews,
  system: string,
  destination: string,
  message: MessageView,
  consumers: readonly { name: string }[],
): MatrixRowView {
  const { verdict, cords, ghosts, kept } = views.trace(system, destination, message.messageId)
  const life = message.lives.get(system)
  const newest = life?.destination === destination ? newestOf(life) : cords
  const cells = consumers.map(({ name }): CellView => {
    const delivery = newest.get(name)
    if (delivery) return { kind: 'delivery', delivery, dead: isDead(delivery, life) }
    const ghost = ghosts.get(name)
    return ghost ? { kind: 'ghost', ghost } : { kind: 'none' }
  })
  const elsewhere = elsewhereOf(views, system, message, verdict)
  return { verdict, all: sharedReason(cells), cells, kept, elsewhere }
}

const NOWHERE: readonly ElsewhereView[] = []

function elsewhereOf(
  views: LedgerViews,
  system: string,
  { messageId }: MessageView,
  verdict: VerdictView,
): readonly ElsewhereView[] {
  if (verdict.kind !== 'not-sent' || verdict.to.length === 0) return NOWHERE
  return verdict.to.map(({ destination, mode }) => ({
    destination,
    mode,
    verdict: views.trace(system, destination, messageId).verdict,
  }))
}

/** Each consumer's newest arrival, whatever became of it. */
function newestOf(life: LifeView): ReadonlyMap<string, DeliveryView> {
  const newest = new Map<string, DeliveryView>()
  for (const delivery of life.deliveries) {
    const known = newest.get(delivery.consumer)
    if (!known || delivery.ordinal > known.ordinal) newest.set(delivery.consumer, delivery)
  }
  return newest
}

const isDead = (delivery: DeliveryView, life: LifeView | undefined): boolean =>
  delivery.state === 'rejected' && life?.ended?.how === 'dead-lettered'

function sharedReason(cells: readonly CellView[]): GhostView | null {
  const [first] = cells
  if (first?.kind !== 'ghost' || !BEFORE_CONSUMERS.has(first.ghost.why)) return null
  const same = (cell: CellView): boolean =>
    cell.kind === 'none' || (cell.kind === 'ghost' && cell.ghost.why === first.ghost.why)
  return cells.every(same) ? first.ghost : null
}

/** Whether two cells are drawn alike. */
export function sameCell(a: CellView | undefined, b: CellView | undefined): boolean {
  if (a === b) return true
  if (!a || !b || a.kind !== b.kind) return false
  if (a.kind === 'delivery' && b.kind === 'delivery') return a.delivery === b.delivery && a.dead === b.dead
  if (a.kind === 'ghost' && b.kind === 'ghost') return sameGhost(a.ghost, b.ghost)
  return a.kind === 'none'
}

/** Whether the broker keeps the same of both. */
export const sameKept = (a: KeptView | null, b: KeptView | null): boolean =>
  a === b || (a !== null && b !== null && a.where === b.where && JSON.stringify(a) === JSON.stringify(b))

function sameGhost(a: GhostView, b: GhostView): boolean {
  if (a === b) return true
  const one: Record<string, unknown> = { ...a }
  const other: Record<string, unknown> = { ...b }
  return Object.keys(one).every((key) => one[key] === other[key]) && a.why === b.why
}
