import type { NamedBroker } from '#lib/brokers/environment.ts'
import type { BrokerFault, BrokerFaults } from '#lib/protocol/faults.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'

/** Where a broker can be reached, and how it came to be there. */
export interface Endpoint extends NamedBroker {
  origin: 'environment' | 'listening' | 'child' | 'compose'
}

/** One step of finding or starting one broker, as the launcher reports it to the terminal and to the screens. */
export type LaunchReport = { system: SystemId; elapsedMs: number } & (
  | { phase: 'looking'; what: string }
  | { phase: 'installing'; what: string }
  | { phase: 'starting'; what: string }
  | { phase: 'up'; endpoint: Endpoint; version: string }
  /** It could not be had; `hints` say what a person can do. */
  | { phase: 'failed'; reason: BrokerReason; hints: Array<{ where: string; command: string }> }
)

export interface Launcher {
  /** Begins with all systems side by side; returns at once. */
  start(): void
  onReport(listener: (report: LaunchReport) => void): () => void
  /** Searches again for one that failed. */
  retry(system: SystemId): void
  /** Whether faults may be made on a broker, and which one holds: at first, and whenever that changes. */
  onFaults(listener: (system: SystemId, faults: BrokerFaults) => void): () => void
  /**
   * Makes a fault on a broker that it started and uses alone, or ends it. Throws AppError `not-ours`, `wrong-state`,
   * `broker-timeout`.
   */
  fault(system: SystemId, fault: BrokerFault): Promise<void>
  /** Releases every broker; those without another user end. Idempotent, within 10 s. */
  close(): Promise<void>
}
