const MICROSECONDS_PER_MS = 1_000

/** This process's processor time since `from`, milliseconds. */
export function cpuSince(from: NodeJS.CpuUsage): number {
  const used = process.cpuUsage(from)
  return (used.user + used.system) / MICROSECONDS_PER_MS
}

export function cpuMs(work: () => void): number {
  const from = process.cpuUsage()
  work()
  return cpuSince(from)
}
