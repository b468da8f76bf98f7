const MICROSECONDS_PER_MS = 1_000

/** This process's processor time since `from`, milliseconds. */
export function cpuSince(from: NodeJS.CpuUsage): number {
  const used = process.cpuUsage(from)
  return (used.user + used.system) / MICROSECONDS_PER_MS
}

/**
 * What the thread that did the work took at most, milliseconds. A busy machine lengthens the wall clock's time, and V8's
 * helpers, which collect garbage beside it, the processor's: each is an upper bound of its own time.
 */
export function threadSince({ cpu, wall }: Start): number {
  return Math.min(cpuSince(cpu), performance.now() - wall)
}

export interface Start {
  cpu: NodeJS.CpuUsage
  wall: number
}

export const startNow = (): Start => ({ cpu: process.cpuUsage(), wall: performance.now() })

export function cpuMs(work: () => void): number {
  const from = process.cpuUsage()
  work()
  return cpuSince(from)
}
