import { formatBytes } from '../ui/format.ts'
import type { Sentence } from './sentence.ts'
import { type PaneStateInput, paneStateWords } from './states.ts'

/** A consumer's state under its name in the Flow; its count is drawn beside it. */
export function flowStateWords(input: PaneStateInput): string {
  const { pane, can } = input
  if (pane.consumer.state !== 'attached') return paneStateWords(input)
  if (can.settle) {
    if (pane.inHand.length === 0) return 'idle'
    return input.holding === null ? `holding ${pane.inHand.length}` : `holding #${input.holding}`
  }
  return can.groups || can.commit ? paneStateWords(input) : 'listening'
}

/** The accessible name of the Flow: each lane's verdict, in the order of the lanes. */
export function flowName(lanes: ReadonlyArray<{ label: string; verdict: Sentence }>): string {
  const sentences = lanes.map(({ label, verdict: { strong, aside, rest } }) => {
    const words = [strong, aside, rest].filter(Boolean).join(' ').replace(/ :/g, ':')
    return `${label}: ${words}.`
  })
  return `Message flow. ${sentences.join(' ')}`
}

/** "buffer 1.2 MB": what the broker buffers for a consumer that reads too slowly. */
export const bufferWords = (bytes: number): string => `buffer ${formatBytes(bytes)}`
