import type { OnReturnView, PaneFigure, TallyFigure } from '#lib/ledger/model/count-views.ts'
import { formatCount } from '../ui/format.ts'

/** The label of a figure of the ledger, and what the figure means. */
export interface FigureWords {
  word: string
  /** Of one, where that is another word. */
  one?: string
  means: string
}

export const LANE_FIGURES: Record<TallyFigure, FigureWords> = {
  sent: { word: 'sent', means: 'Sent from this room, and taken by the broker as far as is known.' },
  seen: { word: 'seen', means: 'At least one consumer here had it.' },
  waiting: { word: 'waiting', means: 'The broker has it, and nobody here has had it yet.' },
  lost: {
    word: 'lost',
    means: 'Nobody will get it: nobody listened, it expired, or a restart of the broker took it.',
  },
  unknown: {
    word: 'unknown',
    means:
      'What became of it was not seen: no receipt came, it left unseen, only programs outside heard it, or events are missing.',
  },
  moved: { word: 'dead-lettered', means: 'Moved to the dead letters before anybody had it.' },
  refused: { word: 'refused', means: 'The broker did not take it, and the sender was told.' },
  outside: { word: 'from outside', means: 'Written by other programs, and seen here.' },
  unreadable: {
    word: 'unreadable',
    means: 'Records of other programs that could not be read. One entry stands for all of a batch.',
  },
  duplicates: {
    word: 'repeats',
    one: 'repeat',
    means: 'Handed over again, beyond the one copy due to the queue, the group or the consumer.',
  },
  late: { word: 'out of order', means: 'Arrived behind a message with a higher number.' },
}

export const PANE_FIGURES: Record<PaneFigure, FigureWords> = {
  unique: { word: 'seen', means: 'Different messages that arrived here.' },
  duplicates: {
    word: 'repeats',
    one: 'repeat',
    means: 'Arrivals of a message that had arrived here before.',
  },
  late: {
    word: 'out of order',
    means: 'Arrived behind a message with a higher number, on a log within its partition.',
  },
  unknown: {
    word: 'unknown',
    means: 'Its beginning is no longer held, so whether it arrived here before is not known.',
  },
  missed: { word: 'missed', means: 'Passed while this consumer was away, and kept nowhere.' },
}

/** "1 repeat", "2 repeats": the label of so many. */
export const figureWord = ({ word, one }: FigureWords, value: number): string =>
  value === 1 ? (one ?? word) : word

/** What waits for an absent consumer or is lost to it, worded to follow its name. */
export function onReturnWords(onReturn: OnReturnView, noun: string, group: string | undefined): string {
  const count = formatCount(onReturn.count)
  if (onReturn.kind === 'never') return `${count} missed, kept nowhere`
  if (!onReturn.shared) return `${count} waiting for it`
  return group === undefined ? `${count} waiting in the ${noun}` : `${count} waiting for ${group}`
}
