/** Something that is open at times, and may be waited for. */
export interface Gate {
  readonly open: boolean
  set(open: boolean): void
  /** Whether it was or became open within the time. */
  wait(timeoutMs: number): Promise<boolean>
  /** Everybody who waits is told that it stays shut. */
  close(): void
}

export function createGate(): Gate {
  const waiting = new Set<(open: boolean) => void>()
  let open = false
  const tellAll = (value: boolean): void => {
    for (const tell of [...waiting]) tell(value)
  }
  return {
    get open() {
      return open
    },
    set: (next) => {
      open = next
      if (open) tellAll(true)
    },
    wait: (timeoutMs) => {
      if (open) return Promise.resolve(true)
      return new Promise((resolve) => {
        const tell = (value: boolean): void => {
          clearTimeout(timer)
          waiting.delete(tell)
          resolve(value)
        }
        const timer = setTimeout(() => tell(false), timeoutMs)
        waiting.add(tell)
      })
    },
    close: () => {
      open = false
      tellAll(false)
    },
  }
}
