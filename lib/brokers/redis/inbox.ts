/** Where a subscriber takes in one thing after another, and works on each message before it takes the next. */
export interface Inbox {
  /** It works, or more has been read than it could take in: it should not read on. */
  readonly isBusy: boolean
  /** `work`: it takes the time that work takes. What costs none and meets an empty inbox is told at once. */
  push(tell: () => void, work: boolean): void
  /** Paused, or not any more; takes in nothing meanwhile. */
  setPaused(paused: boolean): void
  /** Takes in nothing more. Idempotent. */
  clear(): void
}

export function createInbox(processingMs: () => number, onBusy: () => void): Inbox {
  let line: Array<{ tell: () => void; work: boolean }> = []
  let isPaused = false
  let timer: NodeJS.Timeout | undefined

  const takeIn = (tell: () => void, work: boolean) => {
    tell()
    const ms = work ? processingMs() : 0
    if (ms === 0) return
    timer = setTimeout(() => {
      timer = undefined
      takeOn()
    }, ms)
  }
  const takeOn = () => {
    while (!isPaused && timer === undefined) {
      const next = line.shift()
      if (!next) break
      takeIn(next.tell, next.work)
    }
    onBusy()
  }
  return {
    get isBusy() {
      return timer !== undefined || line.length > 0
    },
    push: (tell, work) => {
      if (timer === undefined && line.length === 0 && !isPaused) {
        takeIn(tell, work)
        if (timer !== undefined) onBusy()
      } else line.push({ tell, work })
    },
    setPaused: (paused) => {
      isPaused = paused
      if (!paused) takeOn()
    },
    clear: () => {
      clearTimeout(timer)
      timer = undefined
      line = []
    },
  }
}
