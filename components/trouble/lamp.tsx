import type { StatusWord } from '../words/brokers.ts'

const SHAPE: Record<StatusWord, string> = {
  up: 'lamp',
  connecting: 'lamp wait',
  reconnecting: 'lamp wait',
  starting: 'lamp wait',
  down: 'lamp down',
  'not known': 'lamp wait',
}

/** A dot, a dashed ring or a lozenge; the word always stands beside it. */
export const Lamp = ({ word }: { word: StatusWord }) => <i className={SHAPE[word]} aria-hidden="true" />
