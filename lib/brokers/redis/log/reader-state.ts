import type { ConsumerSpec } from '#lib/brokers/contract.ts'
import type { Deferred } from '#lib/util/deferred.ts'
import type { StreamInfo } from '../info.ts'
import type { Intake } from '../intake.ts'
import type { Link } from '../link.ts'
import type { ReaderSettings } from '../modes/log.ts'
import type { Seat, Session } from '../seat.ts'
import type { Audit } from './audit.ts'
import type { Position } from './position.ts'

export interface ReaderSession extends Session {
  readonly link: Link
  /** The stream's figures when it was opened. */
  readonly info: StreamInfo
}

/** A reader's state, changed by the steps of its life only. */
export interface State {
  spec: ConsumerSpec
  settings: ReaderSettings
  position: Position
  /** Goes up with every seek: what was read for an earlier place is not for this one. */
  aim: number
  deliveries: number
  /** When the last entries came; null while it is not known to be at the stream's end. */
  readAt: number | null
  /** Present while paused; resolved when it reads again. */
  paused: Deferred<void> | undefined
  /** Ends a rest between two messages. */
  rested: Deferred<void> | undefined
  /** In an XREAD. */
  isWaiting: boolean
  /** Where it reads on is being asked for. */
  isSeeking: boolean
  intake: Intake | undefined
  audit: Audit | undefined
  seat: Seat<ReaderSession> | undefined
}
