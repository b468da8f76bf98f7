import type { Admin } from 'kafkajs'
import type { BrokerSecurity, ConsumerEvent, DriverFault, DriverLog } from '../contract.ts'
import type { BrokerSession } from '../kit/broker-session.ts'
import type { AdminSession } from './admin-session.ts'
import type { Seed } from './brokers.ts'
import type { GroupAssignments } from './group-assignments.ts'
import type { Redeliveries } from './redeliveries.ts'
import type { ConsumerPlan } from './settings.ts'

/** What all consumers of one driver share. */
export interface ConsumersOptions {
  brokers: readonly Seed[]
  security?: BrokerSecurity
  clientName: string
  log: DriverLog
  redeliveries: Redeliveries
  assignments: GroupAssignments
  session: BrokerSession<AdminSession>
  /** Throws AppError `broker-down` while the session is not up. */
  admin(): Admin
  fault(fault: DriverFault): void
}

export interface KafkaConsumerOptions extends ConsumersOptions {
  plan: ConsumerPlan
  listener(event: ConsumerEvent): void
  consumerCount(): number
  /** Aborts when the driver closes. */
  closing: AbortSignal
  /** It has left its group; what was made for it on the broker can go. Never rejects. */
  afterLeaving(): Promise<void>
  /** It left, crashed, or could not attach. */
  onEnded(): void
}
