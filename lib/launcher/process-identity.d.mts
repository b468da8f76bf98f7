/** One process, for good: a pid alone is used again by the system. */
export interface ProcessIdentity {
  pid: number
  startTime: string
}

/** When a process began, in the system's own units; null when there is none. */
export function startTimeOf(pid: number): string | null
/** Whether exactly that process still runs. */
export function isSameProcess(identity: ProcessIdentity): boolean
export function thisProcess(): ProcessIdentity
