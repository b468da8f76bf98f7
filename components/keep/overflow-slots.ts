import { formatCount } from '../ui/format.ts'

/** The air around the count, pixels. */
const AIR = 10

/** How many slots of a queue's figure the count of the messages that do not fit takes; none where all fit. */
export function overflowSlots(
  count: number,
  { slots, pitch, letterPx }: { slots: number; pitch: number; letterPx: number },
): number {
  if (count <= slots) return 0
  const letters = formatCount(count).length + 1
  return Math.min(slots - 1, Math.ceil((letters * letterPx + AIR) / pitch))
}
