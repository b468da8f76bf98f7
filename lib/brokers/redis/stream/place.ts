import type { QueueSettings } from '../modes/queue.ts'

/** What all workers of one stream share. */
export interface StreamPlace {
  readonly address: string
  /** Where what was given up on goes. */
  readonly dead: string
  /** As they are now; they can be altered while workers are at work. */
  settings(): QueueSettings
  /** It was removed: nobody comes back to it. */
  isGone(): boolean
  /** Goes up whenever a group had to be made anew for this stream, because it was gone. */
  generation(stream: string): number
  groupWasMade(stream: string): void
  /** Names of ours in the group, whether attached or not. */
  readonly ours: Set<string>
  /** Those of them who left while something was pending under their name, which is taken off once nothing is. */
  readonly departed: Set<string>
}

export const deadOf = (address: string): string => `${address}.dead`

export function createStreamPlace(
  address: string,
  settings: () => QueueSettings,
  isGone: () => boolean,
): StreamPlace {
  const generations = new Map<string, number>()
  const generation = (stream: string) => generations.get(stream) ?? 0
  return {
    address,
    dead: deadOf(address),
    settings,
    isGone,
    generation,
    groupWasMade: (stream) => void generations.set(stream, generation(stream) + 1),
    ours: new Set(),
    departed: new Set(),
  }
}
